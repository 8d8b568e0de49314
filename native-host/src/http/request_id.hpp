// Ids that a request is found by in logs, audits and answers.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::bff {

/// Whether an inbound X-Request-ID is kept: 1 to 128 of [A-Za-z0-9._-], which can harm no log.
[[nodiscard]] bool usable_request_id(std::string_view id) noexcept;

/// 32 hexadecimal digits: 64 random bits of this thread's start and a mixed counter. Unique, not
/// secret, and without a call to the random generator for each request.
[[nodiscard]] std::string next_request_id();

}  // namespace portcullis::bff
