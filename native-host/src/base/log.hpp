// The server's log: one JSON object per line on stderr, and nothing else there.
//
// Lines are gathered and written in blocks by a thread of spdlog's, within a second, at once from
// level warning on: a system call per request would cost more than the request's judgement.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::bff {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError, kOff };

/// Installs the log. Call once before the first thread; flush_log() before the process ends.
void start_log(LogLevel level);
void flush_log();
[[nodiscard]] bool log_enabled(LogLevel level) noexcept;

/// `members`: the members of a JSON object after "ts" and "level", without braces.
void log_members(LogLevel level, std::string_view members);

/// {"ts","level","event","detail"}.
void log_event(LogLevel level, std::string_view event, std::string_view detail);

}  // namespace portcullis::bff
