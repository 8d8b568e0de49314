// Whether a regex can match any path segment at all.
#pragma once

#include "re2/re2.h"

namespace portcullis {

/// False when no segment of a canonical path, decoded, is in the language of `regex` (anchored at
/// both ends): an empty language, "a/b", "\n", "$a", "\.\.". Decided on RE2's own automaton, every
/// state of it; true where that automaton is larger than the budget of the walk.
bool regex_matches_some_segment(const re2::RE2& regex);

}  // namespace portcullis
