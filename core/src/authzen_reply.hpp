// What authzen.cpp and the console share. Internal to the core.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "json.hpp"
#include "portcullis/authzen.hpp"

namespace portcullis::authzen {

/// Deeper nesting than any PDP's context needs.
inline constexpr std::size_t kMaxReplyDepth = 64;

/// An answer each, 1 for permitted. Bytes: the code that std::vector<bool> takes is 5 KB of the
/// page's.
using Answers = std::vector<unsigned char>;

/// apply_reply for a body that was read already and has no key twice.
Answers apply(std::size_t requests, json::View reply, Code& why);

/// apply_reply itself.
Answers apply(std::size_t requests, int status, std::string_view body, Code& why);

/// One evaluation with its subject as JSON text.
void write(json::Writer& writer, const Evaluation& evaluation, std::string_view subject_json);

}  // namespace portcullis::authzen
