// nearest: which of some known words a misspelt one was probably meant to be.
//
// Decides: what a "did you mean" names. Used for keys of manifests and of the server's
// configuration, and for values that have to be one of a few.
//
// Edits are insertions, deletions, replacements and exchanges of two neighbours, case aside. At
// most two are forgiven, and less than half of the known word. Words over 32 bytes are near to
// nothing. Cost: words times 1,000 steps. Does not throw.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis {

/// The nearest of `known`, the first where two are as near; empty when none is near.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::initializer_list<std::string_view> known) noexcept;
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       const std::vector<std::string>& known) noexcept;

}  // namespace portcullis
