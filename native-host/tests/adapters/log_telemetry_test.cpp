#include "adapters/log/log_telemetry.hpp"

#include <gtest/gtest.h>

#include <future>
#include <nlohmann/json.hpp>
#include <vector>

#include "adapters/prometheus/prometheus_metrics.hpp"
#include "manual_clock.hpp"

namespace portcullis::bff {
namespace {

using nlohmann::json;

TelemetryEvent event(const std::string& name) {
  TelemetryEvent what;
  what.tenant = "localhost";
  what.plugin_id = "hello";
  what.version = "1.0.0";
  what.subject_id = "auth:account:lab:viewer";
  what.request_id = "r1";
  what.name = name;
  what.received_at = ManualClock().wall();
  return what;
}

TEST(Telemetry, IsLoggedAsOneLineOfJson) {
  PrometheusMetrics metrics("1.0.0");
  std::vector<std::string> lines;
  LogTelemetry sink(metrics, [&](std::string_view line) { lines.emplace_back(line); });
  auto clicked = event("click\n\"forged\": true");
  clicked.props_json = R"({"button":"save\n"})";
  clicked.at = "2030-01-01T00:00:00Z";
  EXPECT_TRUE(sink.submit(clicked));
  sink.flush();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].find('\n'), std::string::npos);
  const json line = json::parse(lines[0]);
  EXPECT_EQ(line["name"], "click\n\"forged\": true");
  EXPECT_EQ(line["props"]["button"], "save\n");
  EXPECT_EQ(line["plugin_id"], "hello");
  EXPECT_EQ(line["client_at"], "2030-01-01T00:00:00Z");
}

TEST(Telemetry, IsAsciiInTheLog) {
  auto said = event("a\xc2\x85\xe2\x80\xa8\x7f");
  said.props_json = "{\"\xc2\x9b\":\"\xe2\x80\xae\"}";
  const std::string line = to_json_line(said);
  EXPECT_NE(line.find(R"("name":"a\u0085\u2028\u007f")"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("props":{"\u009b":"\u202e"})"), std::string::npos) << line;
}

TEST(Telemetry, ChargesEscapedText) {
  for (const std::string text : {"x", "\x7f", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x9a\x80"}) {
    PrometheusMetrics metrics("1.0.0");
    ManualClock clock;
    std::size_t written = 0;
    const auto count = [&](std::string_view line) { written += line.size(); };
    LogTelemetry sink(metrics, count, 8192, clock);
    sink.set_limit(256 * 1024);
    int accepted = 0;
    for (int i = 0; i < 1000; ++i) {
      auto noise = event("noise");
      noise.props_json = "{\"a\":\"";
      for (int n = 0; n < 500; ++n) noise.props_json += text;
      noise.props_json += "\"}";
      accepted += sink.submit(noise) ? 1 : 0;
    }
    sink.flush();
    EXPECT_GT(accepted, 0);
    EXPECT_LT(accepted, 1000);
    EXPECT_LE(written, 80U * 1024)
        << "an account gets a quarter of 256 KiB, plus the framing of lines";
    sink.sweep();
    sink.flush();
  }
}

TEST(Telemetry, IsDroppedAndCountedWhenTheQueueIsFull) {
  PrometheusMetrics metrics("1.0.0");
  metrics.set_known({{"localhost", {{"hello", "1.0.0"}}}});
  std::promise<void> entered;
  std::promise<void> go;
  std::atomic<int> written{0};
  LogTelemetry sink(
      metrics,
      [&, first = true](std::string_view) mutable {
        if (std::exchange(first, false)) {
          entered.set_value();
          go.get_future().wait();
        }
        ++written;
      },
      2);
  EXPECT_TRUE(sink.submit(event("a")));
  entered.get_future().wait();  // the writer is blocked on "a"; two more fit
  EXPECT_TRUE(sink.submit(event("b")));
  EXPECT_TRUE(sink.submit(event("c")));
  EXPECT_FALSE(sink.submit(event("d")));
  EXPECT_EQ(sink.dropped(), 1U);
  go.set_value();
  sink.flush();
  EXPECT_EQ(written.load(), 3);
  const std::string text = metrics.text();
  EXPECT_NE(text.find("portcullis_telemetry_events_total{plugin_id=\"hello\",tenant=\"localhost\","
                      "version=\"1.0.0\"} 3"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("portcullis_telemetry_events_dropped_total{plugin_id=\"hello\","
                      "tenant=\"localhost\",version=\"1.0.0\"} 1"),
            std::string::npos);
}

TEST(Telemetry, WritesAcceptedEventsBeforeItsEnd) {
  PrometheusMetrics metrics("1.0.0");
  std::atomic<int> written{0};
  {
    LogTelemetry sink(metrics, [&](std::string_view) { ++written; });
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(sink.submit(event("a")));
  }
  EXPECT_EQ(written.load(), 100);
}

}  // namespace
}  // namespace portcullis::bff
