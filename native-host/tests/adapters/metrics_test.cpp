#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "adapters/prometheus/prometheus_metrics.hpp"
#include "temp_folder.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;

const PluginLabels kHello{"localhost", "hello", "1.0.0"};

std::vector<KnownTenant> known() {
  return {{"localhost", {{"hello", "1.0.0"}}}, {"acme.localhost", {{"hello", "1.0.0"}}}};
}

/// Calls everything once, so that every family has a series.
void touch_all(Metrics& metrics) {
  metrics.set_known(known());
  metrics.request(kHello, RouteKind::kApi, 200, 3ms);
  metrics.denial(kHello, Code::kAllowlistViolation);
  metrics.bundle_serve(kHello, "ok", 1ms);
  metrics.telemetry(kHello, 2, 1);
  metrics.pdp_request("ok", 1ms);
  metrics.upstream_request("sales", "ok", 1ms);
  metrics.upstream_retry("sales");
  metrics.upstream_connection("sales", true);
  metrics.upstream_circuit("sales", true);
  metrics.stream_opened(kHello, "plugin_stream");
  metrics.quarantined({TenantPlugin({"localhost", "hello"})});
  metrics.audit_not_written("refusals", 1);
  metrics.plugins_not_served({{"localhost", "disabled", 1}});
  metrics.config_reload(true);
  metrics.login(true);
  metrics.quota_evictions("sessions", "account", 1);
  metrics.quota_refusals("streams", "tenant", 1);
}

/// "name type {label names}" per family, sorted.
std::string contract(const std::string& text) {
  std::set<std::string> lines;
  std::istringstream in(text);
  std::string name;
  std::string type;
  std::map<std::string, std::pair<std::string, std::set<std::string>>> families;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    if (first == "#") {
      words >> name >> type;
      if (second == "TYPE") families[name].first = type;
      continue;
    }
    const std::size_t open = line.find('{');
    if (open == std::string::npos || open > line.find(' ')) continue;
    std::string labels = line.substr(open + 1, line.find('}') - open - 1);
    for (std::size_t at = 0; at < labels.size();) {
      const std::size_t equals = labels.find('=', at);
      const std::string label = labels.substr(at, equals - at);
      if (label != "le") families[name].second.insert(label);
      at = labels.find('"', labels.find('"', equals) + 1) + 1;
      if (at < labels.size() && labels[at] == ',') ++at;
    }
  }
  std::string result;
  for (const auto& [family, about] : families) {
    result += family + " " + about.first;
    for (const auto& label : about.second) result += " " + label;
    result += "\n";
  }
  return result;
}

TEST(MetricsTest, NamesTypesAndLabelsAreAContract) {
  PrometheusMetrics metrics("1.0.0");
  touch_all(metrics);
  const std::filesystem::path golden =
      std::filesystem::path(PORTCULLIS_HOST_TESTS_DIR) / "golden" / "metrics.txt";
  const std::string actual = contract(metrics.text());
  if (std::getenv("PORTCULLIS_UPDATE_GOLDEN") != nullptr) testing::write_text(golden, actual);
  EXPECT_EQ(actual, testing::read_text(golden));
}

TEST(MetricsTest, CountsRequestsByStatus) {
  PrometheusMetrics metrics("1.0.0");
  metrics.set_known(known());
  metrics.request(kHello, RouteKind::kApi, 200, 3ms);
  metrics.request(kHello, RouteKind::kApi, 200, 3ms);
  metrics.request(kHello, RouteKind::kSse, 502, 3ms);
  const std::string text = metrics.text();
  EXPECT_NE(text.find("portcullis_requests_total{code=\"200\",plugin_id=\"hello\","
                      "route_kind=\"api\",tenant=\"localhost\",version=\"1.0.0\"} 2"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("code=\"502\",plugin_id=\"hello\",route_kind=\"sse\""), std::string::npos);
  EXPECT_NE(text.find("portcullis_build_info{version=\"1.0.0\"} 1"), std::string::npos);
}

TEST(MetricsTest, ClientsCannotCreateSeries) {
  PrometheusMetrics metrics("1.0.0");
  metrics.set_known(known());
  metrics.request({"localhost", "first", "1"}, RouteKind::kApi, 403, 1ms);
  const auto count = [&] {
    const std::string text = metrics.text();
    return std::count(text.begin(), text.end(), '\n');
  };
  const auto before = count();
  for (int i = 0; i < 1000; ++i) {
    const std::string invented = "p" + std::to_string(i);
    metrics.request({"localhost", invented, invented}, RouteKind::kApi, 403, 1ms);
    metrics.denial({invented, "hello", "1.0.0"}, Code::kPluginUnknown);
    metrics.denial({"localhost", "hello", invented}, Code::kPluginUnknown);
  }
  EXPECT_LE(count() - before, 6);
  EXPECT_NE(metrics.text().find("plugin_id=\"unknown\""), std::string::npos);
  EXPECT_EQ(metrics.text().find("p999"), std::string::npos);
}

TEST(MetricsTest, APluginOfOneTenantIsUnknownToAnother) {
  PrometheusMetrics metrics("1.0.0");
  metrics.set_known({{"localhost", {{"hello", "1.0.0"}}}, {"acme.localhost", {}}});
  metrics.denial({"acme.localhost", "hello", ""}, Code::kPluginUnknown);
  EXPECT_NE(metrics.text().find("plugin_id=\"unknown\",reason=\"PLUGIN_UNKNOWN\","
                                "tenant=\"acme.localhost\""),
            std::string::npos);
}

TEST(MetricsTest, StreamsOfAPluginThatWasRemovedCountDownAgain) {
  PrometheusMetrics metrics("1.0.0");
  metrics.set_known(known());
  metrics.stream_opened(kHello, "plugin_stream");
  metrics.set_known({{"localhost", {}}});
  metrics.stream_closed(kHello, "plugin_stream");
  const std::string text = metrics.text();
  EXPECT_NE(text.find("portcullis_streams{kind=\"plugin_stream\",plugin_id=\"hello\","
                      "tenant=\"localhost\"} 0"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("} -1"), std::string::npos);
}

TEST(MetricsTest, QuarantineGaugeFollowsTheList) {
  PrometheusMetrics metrics("1.0.0");
  metrics.set_known(known());
  metrics.quarantined({TenantPlugin({"localhost", "hello"}), TenantPlugin({"localhost", "x"}),
                       TenantPlugin({"localhost", "y"})});
  EXPECT_NE(
      metrics.text().find("portcullis_quarantined{plugin_id=\"hello\",tenant=\"localhost\"} 1"),
      std::string::npos);
  EXPECT_NE(
      metrics.text().find("portcullis_quarantined{plugin_id=\"unknown\",tenant=\"localhost\"} 2"),
      std::string::npos);
  metrics.quarantined({TenantPlugin({"localhost", "y"})});
  EXPECT_NE(
      metrics.text().find("portcullis_quarantined{plugin_id=\"hello\",tenant=\"localhost\"} 0"),
      std::string::npos);
  EXPECT_NE(
      metrics.text().find("portcullis_quarantined{plugin_id=\"unknown\",tenant=\"localhost\"} 1"),
      std::string::npos);
}

TEST(MetricsTest, QuotasAreTotalsSinceTheStart) {
  PrometheusMetrics metrics("1.0.0");
  for (const std::uint64_t total : {0U, 5U, 5U, 8U}) {
    metrics.quota_evictions("sessions", "account", total);
  }
  EXPECT_NE(metrics.text().find(
                "portcullis_quota_evictions_total{quota=\"account\",table=\"sessions\"} 8"),
            std::string::npos);
}

TEST(MetricsTest, ImpossibleStatusesDoNotBreakTheLabel) {
  PrometheusMetrics metrics("1.0.0");
  metrics.request({}, RouteKind::kNone, 0, 1ms);
  metrics.request({}, RouteKind::kNone, 12345, 1ms);
  EXPECT_NE(metrics.text().find("code=\"999\""), std::string::npos);
}

TEST(MetricsTest, IsThreadSafe) {
  PrometheusMetrics metrics("1.0.0");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        touch_all(metrics);
        metrics.stream_closed(kHello, "plugin_stream");
        if (i % 50 == 0) (void)metrics.text();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_NE(metrics.text().find("version=\"1.0.0\"} 800"), std::string::npos);
}

}  // namespace
}  // namespace portcullis::bff
