// What the log writes at once, and what it keeps for the next block.
#include "base/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace portcullis::bff {
namespace {

/// Everything that is written to stderr meanwhile.
class Stderr {
 public:
  Stderr() : saved_(::dup(STDERR_FILENO)) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return;
    read_ = ends[0];
    ::dup2(ends[1], STDERR_FILENO);
    ::close(ends[1]);
  }
  ~Stderr() {
    ::dup2(saved_, STDERR_FILENO);
    ::close(saved_);
    ::close(read_);
  }
  Stderr(const Stderr&) = delete;
  Stderr& operator=(const Stderr&) = delete;

  std::string text() const {
    std::string text(1 << 16, '\0');
    const ssize_t n = ::read(read_, text.data(), text.size());
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }

 private:
  int saved_;
  int read_ = -1;
};

TEST(Log, WritesWarningsAtOnceAndLinesAboutRequestsInBlocks) {
  const std::shared_ptr<spdlog::logger> before = spdlog::default_logger();
  {
    const Stderr captured;
    start_log(LogLevel::kInfo);
    spdlog::flush_every(std::chrono::hours(1));
    log_event(LogLevel::kDebug, "hidden", "");
    log_event(LogLevel::kInfo, "one", "");
    log_members(LogLevel::kError, "\"event\":\"request\",\"status\":502");
    EXPECT_EQ(captured.text(), "");
    log_event(LogLevel::kWarning, "two", "");
    const std::string text = captured.text();
    EXPECT_EQ(text.find("hidden"), std::string::npos) << text;
    EXPECT_NE(text.find("\"level\":\"info\",\"event\":\"one\""), std::string::npos) << text;
    EXPECT_NE(text.find("\"level\":\"error\",\"event\":\"request\""), std::string::npos) << text;
    EXPECT_NE(text.find("\"level\":\"warning\",\"event\":\"two\""), std::string::npos) << text;
    log_members(LogLevel::kError, "\"event\":\"request\",\"status\":503");
    EXPECT_EQ(captured.text(), "");
    flush_log();
    EXPECT_NE(captured.text().find("503"), std::string::npos);
  }
  spdlog::set_default_logger(before);
}

}  // namespace
}  // namespace portcullis::bff
