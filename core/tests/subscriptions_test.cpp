#include "portcullis/subscriptions.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "json.hpp"
#include "portcullis/limits.hpp"

namespace portcullis {
namespace {

using Resolution = SubscriptionLedger::Resolution;

std::uint32_t number(json::View step, std::string_view key) {
  std::int64_t value = 0;
  EXPECT_TRUE(step.find(key).integer(0, UINT32_MAX, &value)) << key << json::dump(step);
  return static_cast<std::uint32_t>(value);
}

void write_list(json::Writer& out, std::string_view key, const std::vector<std::uint32_t>& list) {
  out.key(key).begin_array();
  for (const std::uint32_t item : list) out.integer(item);
  out.end_array();
}

void write_opened(json::Writer& out, const SubscriptionLedger::Opened& opened) {
  out.key("code").string(name(opened.code)).key("subscription").integer(opened.subscription);
  out.key("stream").integer(opened.stream).key("must_connect").boolean(opened.must_connect);
}

/// Executes one step and writes its result.
void take(SubscriptionLedger& ledger, json::View step, json::Writer& out) {
  const std::string_view call = step.find("call").text();
  if (call == "open_plugin") {
    out.key("handle").integer(ledger.open_plugin(step.find("plugin").text()));
  } else if (call == "open") {
    write_opened(out, ledger.open(number(step, "handle"), step.find("path").text()));
  } else if (call == "open_long") {
    const std::string path = "/" + std::string(number(step, "bytes") - 1, 'p');
    write_opened(out, ledger.open(number(step, "handle"), path));
  } else if (call == "open_many") {
    const std::uint32_t count = number(step, "count");
    SubscriptionLedger::Opened opened;
    for (std::uint32_t i = 0; i < count; ++i) {
      opened = ledger.open(number(step, "handle"), step.find("path").text());
      EXPECT_EQ(name(opened.code), step.find("expect").find("code").text()) << i;
    }
    write_opened(out, opened);
  } else if (call == "resolve") {
    const bool keep = ledger.resolve(number(step, "stream")) == Resolution::kKeep;
    out.key("resolution").string(keep ? "keep" : "close_at_once");
  } else if (call == "close") {
    const auto closed = ledger.close(number(step, "subscription"));
    out.key("known").boolean(closed.known).key("stream").integer(closed.stream);
    out.key("must_close").boolean(closed.must_close);
    out.key("was_pending").boolean(closed.was_pending);
  } else if (call == "close_plugin") {
    const auto released = ledger.close_plugin(number(step, "handle"));
    write_list(out, "subscriptions", released.subscriptions);
    write_list(out, "open_streams", released.open_streams);
    write_list(out, "pending_streams", released.pending_streams);
  } else if (call == "end_stream") {
    write_list(out, "subscriptions", ledger.end_stream(number(step, "stream")));
  } else if (call == "stream") {
    const StreamId stream = number(step, "stream");
    out.key("plugin").string(ledger.plugin_of(stream)).key("path").string(ledger.path_of(stream));
    write_list(out, "subscriptions", ledger.subscribers(stream));
  } else if (call == "plugin") {
    const PluginHandle plugin = number(step, "handle");
    out.key("open").boolean(ledger.is_open(plugin));
    out.key("subscriptions").integer(static_cast<std::int64_t>(ledger.subscription_count(plugin)));
  } else if (call == "total") {
    out.key("subscriptions").integer(static_cast<std::int64_t>(ledger.subscription_count()));
    out.key("streams").integer(static_cast<std::int64_t>(ledger.stream_count()));
  } else {
    ADD_FAILURE() << "unknown call: " << call;
  }
}

TEST(Subscriptions, MatchTheVectors) {
  std::ifstream in(PORTCULLIS_SPEC_DIR "/vectors/subscriptions.json", std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  json::Document table;
  ASSERT_EQ(json::parse(text.str(), {1 << 20, 16}, table).code, Code::kAllowed);
  std::size_t rows = 0;
  for (const json::View row : table.root().find("rows").children()) {
    SCOPED_TRACE(std::string(row.find("name").text()));
    ++rows;
    SubscriptionLedger ledger;
    for (const json::View step : row.find("steps").children()) {
      json::Writer out;
      out.begin_object();
      take(ledger, step, out);
      out.end_object();
      json::Document answer;
      ASSERT_EQ(json::parse(out.text(), {1 << 20, 16}, answer).code, Code::kAllowed);
      EXPECT_GT(step.find("expect").size(), 0u) << json::dump(step);
      for (const json::View expected : step.find("expect").children()) {
        const json::View got = answer.root().find(expected.key());
        ASSERT_TRUE(static_cast<bool>(got)) << json::dump(step);
        EXPECT_EQ(json::dump(got), json::dump(expected)) << expected.key() << json::dump(step);
      }
    }
  }
  EXPECT_GE(rows, 25u);
}

/// Two thousand random calls compared with a simple model: a list of what is held.
TEST(Subscriptions, AgreeWithASimpleModel) {
  struct Held {
    PluginHandle plugin;
    std::string path;
    StreamId stream;
  };
  std::uint32_t state = 7;
  const auto below = [&state](std::uint32_t n) {
    state = state * 1664525 + 1013904223;
    return (state >> 16) % n;
  };
  SubscriptionLedger ledger;
  std::map<SubscriptionId, Held> held;
  std::set<PluginHandle> open;
  const auto streams_of_model = [&held] {
    std::set<StreamId> streams;
    for (const auto& [id, entry] : held) streams.insert(entry.stream);
    return streams;
  };
  StreamId newest = 0;
  for (int step = 0; step < 2000; ++step) {
    switch (below(8)) {
      case 0:
        open.insert(ledger.open_plugin("plugin-" + std::to_string(below(4))));
        break;
      case 1: {
        if (below(4) != 0) break;
        const PluginHandle plugin = below(30);
        const auto released = ledger.close_plugin(plugin);
        std::vector<SubscriptionId> expected;
        for (const auto& [id, entry] : held) {
          if (entry.plugin == plugin) expected.push_back(id);
        }
        EXPECT_EQ(released.subscriptions, expected);
        for (const SubscriptionId id : expected) held.erase(id);
        open.erase(plugin);
        break;
      }
      case 2: {
        const StreamId stream = below(newest + 2);
        const bool wanted = streams_of_model().count(stream) != 0;
        EXPECT_EQ(ledger.resolve(stream) == Resolution::kKeep, wanted);
        break;
      }
      case 3:
      case 4: {
        if (held.empty()) break;
        auto victim = held.begin();
        std::advance(victim, below(static_cast<std::uint32_t>(held.size())));
        const Held gone = victim->second;
        const auto closed = ledger.close(victim->first);
        held.erase(victim);
        EXPECT_TRUE(closed.known);
        EXPECT_EQ(closed.stream, gone.stream);
        EXPECT_EQ(closed.must_close, streams_of_model().count(gone.stream) == 0);
        break;
      }
      default: {
        const PluginHandle plugin =
            below(12) == 0 ? below(30) : (open.empty() ? 0 : *open.rbegin());
        const std::string path = "/e/" + std::to_string(below(6));
        StreamId shared = 0;
        std::size_t count = 0;
        for (const auto& [id, entry] : held) {
          if (entry.plugin != plugin) continue;
          ++count;
          if (entry.path == path) shared = entry.stream;
        }
        const auto opened = ledger.open(plugin, path);
        if (open.count(plugin) == 0) {
          EXPECT_EQ(opened.code, Code::kSubscriptionPluginClosed);
        } else if (count >= limits::kMaxSubscriptionsPerPlugin) {
          EXPECT_EQ(opened.code, Code::kSubscriptionLimit);
        } else {
          ASSERT_EQ(opened.code, Code::kAllowed);
          EXPECT_EQ(opened.must_connect, shared == 0);
          if (shared != 0) {
            EXPECT_EQ(opened.stream, shared);
          } else {
            EXPECT_GT(opened.stream, newest);
            newest = opened.stream;
          }
          held.emplace(opened.subscription, Held{plugin, path, opened.stream});
        }
        break;
      }
    }
    EXPECT_EQ(ledger.subscription_count(), held.size());
    EXPECT_EQ(ledger.stream_count(), streams_of_model().size());
  }
}

}  // namespace
}  // namespace portcullis
