#include "base/log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <mutex>

#include "base/clock.hpp"
#include "base/json_writer.hpp"

namespace portcullis::bff {

namespace {

constexpr std::size_t kBlock = 64 * 1024;

void write_whole(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (n <= 0) return;  // stderr is gone; nothing can be reported
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

/// Wraps plain text logged by libraries as {"ts","level","msg"}; passes objects on unchanged.
class BlockSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  ~BlockSink() override { BlockSink::flush_(); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view text(message.payload.data(), message.payload.size());
    if (!text.empty() && text.front() == '{') {
      block_.append(text);
    } else {
      JsonObject object(block_);
      object.text("ts", format_rfc3339(message.time))
          .text("level", std::string_view(spdlog::level::to_string_view(message.level).data(),
                                          spdlog::level::to_string_view(message.level).size()))
          .text("msg", text);
      object.close();
    }
    block_.push_back('\n');
    if (block_.size() >= kBlock) flush_();
  }
  void flush_() override {
    write_whole(block_);
    block_.clear();
  }

 private:
  std::string block_;
};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      break;
  }
  return spdlog::level::off;
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
    case LogLevel::kOff:
      break;
  }
  return "off";
}

}  // namespace

void start_log(LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>("portcullis", std::make_shared<BlockSink>());
  logger->set_level(spdlog_level(level));
  spdlog::set_default_logger(std::move(logger));
  spdlog::flush_every(std::chrono::seconds(1));
}

void flush_log() { spdlog::default_logger_raw()->flush(); }

bool log_enabled(LogLevel level) noexcept {
  return spdlog::default_logger_raw()->should_log(spdlog_level(level));
}

void log_members(LogLevel level, std::string_view members) {
  if (!log_enabled(level)) return;
  std::string line = "{\"ts\":\"";
  line.append(format_rfc3339(std::chrono::system_clock::now()))
      .append("\",\"level\":\"")
      .append(level_name(level))
      .append("\"");
  if (!members.empty()) line.append(",").append(members);
  line.append("}");
  spdlog::default_logger_raw()->log(spdlog_level(level),
                                    spdlog::string_view_t(line.data(), line.size()));
}

void log_event(LogLevel level, std::string_view event, std::string_view detail) {
  if (!log_enabled(level)) return;
  std::string members = "\"event\":";
  append_json_string(members, event);
  members.append(",\"detail\":");
  append_json_string(members, detail);
  log_members(level, members);
  if (level >= LogLevel::kWarning) flush_log();
}

}  // namespace portcullis::bff
