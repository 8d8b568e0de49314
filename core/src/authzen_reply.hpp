// Shared by authzen.cpp and the console. Internal to the core.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "json.hpp"
#include "portcullis/authzen.hpp"

namespace portcullis::authzen {

/// More nesting than any PDP context needs.
inline constexpr std::size_t kMaxReplyDepth = 64;

/// One answer each, 1 for permitted. Bytes, because std::vector<bool> would add 5 KB of code to the
/// page.
using Answers = std::vector<unsigned char>;

/// apply_reply() for a parsed body without duplicate keys.
Answers apply(std::size_t requests, json::View reply, Code& why);

/// apply_reply() without the conversion to std::vector<bool>.
Answers apply(std::size_t requests, int status, std::string_view body, Code& why);

/// Writes one evaluation with its subject as JSON.
void write(json::Writer& writer, const Evaluation& evaluation, std::string_view subject_json);

}  // namespace portcullis::authzen
