// The server's log: one JSON object per line on stderr, and nothing else there. Thread-safe.
//
// A spdlog thread writes lines in blocks within a second. One system call per request would cost
// more than judging it, and would hold up the other threads: so lines about requests wait for their
// block, whatever their level, and only events of level warning and above are written at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// Severity; kOff disables the log.
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError, kOff };

/// Installs the log. Call once, before the first thread starts.
void start_log(LogLevel level);
/// Writes what is buffered. Call before the process ends.
void flush_log();
/// Whether a line of this level would be written.
[[nodiscard]] bool log_enabled(LogLevel level) noexcept;

/// Adds a line to the block. `members` are the JSON members after "ts" and "level", without braces.
void log_members(LogLevel level, std::string_view members);

/// Writes {"ts","level","event","detail"}, from level warning on at once. For what the server does,
/// not for what a client can cause at will.
void log_event(LogLevel level, std::string_view event, std::string_view detail);

}  // namespace portcullis::bff
