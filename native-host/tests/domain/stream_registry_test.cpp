#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "domain/stream_hub.hpp"
#include "run_io.hpp"
#include "told.hpp"

namespace portcullis::bff {
namespace {

namespace asio = boost::asio;
using testing::drain;

StreamInfo stream(std::uint64_t session, const std::string& plugin,
                  const std::string& version = "1.0.0", const std::string& tenant = "localhost") {
  StreamInfo info;
  info.tenant = tenant;
  info.session = session;
  info.plugin_id = plugin;
  info.version = version;
  info.topic = "/events/orders";
  info.sse = true;
  return info;
}

class StreamRegistryTest : public ::testing::Test {
 protected:
  Registration add(const StreamInfo& info, std::vector<Code>& closed) {
    auto registration =
        hub.add(info, context.get_executor(), [&closed](Code why) { closed.push_back(why); });
    EXPECT_TRUE(registration);
    return std::move(*registration);
  }

  StreamHub hub{{4, 10'000, 8, 10'000}, 1};
  asio::io_context context;
};

TEST_F(StreamRegistryTest, QuarantineClosesMatchingStreams) {
  std::vector<Code> v1, v2, other, foreign;
  const auto a = add(stream(1, "hello", "1.0.0"), v1);
  const auto b = add(stream(2, "hello", "2.0.0"), v2);
  const auto c = add(stream(1, "sales"), other);
  const auto d = add(stream(1, "hello", "1.0.0", "acme.localhost"), foreign);
  EXPECT_EQ(hub.close_plugin("localhost", "hello", "1.0.0", Code::kPluginQuarantined), 1U);
  drain(context);
  EXPECT_EQ(v1, std::vector<Code>{Code::kPluginQuarantined});
  EXPECT_TRUE(v2.empty());
  EXPECT_EQ(hub.close_plugin("localhost", "hello", std::nullopt, Code::kPluginQuarantined), 2U);
  drain(context);
  EXPECT_EQ(v1.size(), 1U) << "a close function is called once";
  EXPECT_EQ(v2.size(), 1U);
  EXPECT_TRUE(other.empty());
  EXPECT_TRUE(foreign.empty());
}

TEST_F(StreamRegistryTest, TheEndOfASessionClosesItsStreams) {
  std::vector<Code> mine, theirs, same_shard;
  const auto a = add(stream(1, "hello"), mine);
  const auto b = add(stream(2, "hello"), theirs);
  const auto c = add(stream(17, "hello"), same_shard);
  EXPECT_EQ(hub.close_session(1, Code::kSessionRequired), 1U);
  drain(context);
  EXPECT_EQ(mine.size(), 1U);
  EXPECT_TRUE(theirs.empty());
  EXPECT_TRUE(same_shard.empty());
}

TEST_F(StreamRegistryTest, AReloadClosesDeniedStreams) {
  std::vector<Code> orders, stock;
  auto info = stream(1, "hello");
  const auto a = add(info, orders);
  info.topic = "/events/stock";
  const auto b = add(info, stock);
  EXPECT_EQ(hub.close_if([](const StreamInfo& open) {
    return open.topic == "/events/stock" ? Code::kTopicNotAllowed : Code::kAllowed;
  }),
            1U);
  drain(context);
  EXPECT_TRUE(orders.empty());
  EXPECT_EQ(stock, std::vector<Code>{Code::kTopicNotAllowed});
}

TEST_F(StreamRegistryTest, DestroyedStreamsAreNotClosed) {
  std::vector<Code> closed;
  {
    const auto a = add(stream(1, "hello"), closed);
    EXPECT_EQ(hub.close_if([](const StreamInfo&) { return Code::kPluginDisabled; }), 1U);
  }  // destroyed before the posted close runs
  drain(context);
  EXPECT_TRUE(closed.empty());
  EXPECT_EQ(hub.open_count(), 0U);
}

TEST_F(StreamRegistryTest, LimitsStreamsByAccountAddressAndTenant) {
  const auto of = [](std::uint64_t session, std::string account, std::string address,
                     std::string tenant = "localhost") {
    auto info = stream(session, "hello");
    info.tenant = std::move(tenant);
    info.account = std::move(account);
    info.address = std::move(address);
    return info;
  };
  const StreamQuotas quotas{.session = 10, .account = 2, .address = 2, .tenant = 4};
  std::vector<Registration> held;
  Quota full{};
  const auto open = [&](StreamInfo info) {
    auto one = hub.add(std::move(info), context.get_executor(), {}, quotas, &full);
    if (one) held.push_back(std::move(*one));
    return one.has_value();
  };
  EXPECT_TRUE(open(of(1, "a", "1.1.1.1")));
  EXPECT_TRUE(open(of(2, "a", "2.2.2.2")));
  EXPECT_FALSE(open(of(3, "a", "3.3.3.3")));
  EXPECT_EQ(full, Quota::kAccount);
  EXPECT_TRUE(open(of(4, "b", "1.1.1.1")));
  EXPECT_TRUE(open(of(5, "a", "1.1.1.1", "acme.localhost"))) << "another tenant";
  EXPECT_FALSE(open(of(6, "c", "1.1.1.1")));
  EXPECT_EQ(full, Quota::kAddress);
  EXPECT_TRUE(open(of(7, "c", "4.4.4.4")));
  EXPECT_FALSE(open(of(8, "d", "5.5.5.5")));
  EXPECT_EQ(full, Quota::kTenant);
  EXPECT_TRUE(open(of(9, "d", "5.5.5.5", "acme.localhost"))) << "another tenant";
  EXPECT_EQ(hub.refused().of(Quota::kAddress), 1U);
  held.clear();
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(open(of(1, "a", "1.1.1.1"))) << "all were released";
}

TEST_F(StreamRegistryTest, LimitsCallsSeparatelyFromStreams) {
  auto call = stream(1, "hello");
  call.kind = StreamKind::kPluginRequest;
  call.account = "a";
  auto first = hub.add(call, context.get_executor(), {}, {.account = 1});
  ASSERT_TRUE(first);
  EXPECT_FALSE(hub.add(call, context.get_executor(), {}, {.account = 1}));
  auto events = stream(1, "hello");
  events.account = "a";
  EXPECT_TRUE(hub.add(events, context.get_executor(), {}, {.account = 1}));
  first->reset();
  EXPECT_TRUE(hub.add(call, context.get_executor(), {}, {.account = 1}));
}

TEST_F(StreamRegistryTest, ReportsSessionsInUse) {
  auto host = stream(1, "");
  host.kind = StreamKind::kHostEvents;
  const auto events = hub.add(host, context.get_executor(), {});
  EXPECT_TRUE(hub.sessions_in_use().empty()) << "every open page has those";
  auto call = stream(3, "hello");
  call.kind = StreamKind::kPluginRequest;
  auto watching = hub.add(stream(2, "hello"), context.get_executor(), {});
  const auto calling = hub.add(call, context.get_executor(), {});
  EXPECT_EQ(hub.sessions_in_use(), (std::unordered_set<std::uint64_t>{2, 3}));
  watching->reset();
  EXPECT_EQ(hub.sessions_in_use(), (std::unordered_set<std::uint64_t>{3}));
}

TEST_F(StreamRegistryTest, CountsAndLimitsStreamsPerSession) {
  std::vector<Registration> held;
  for (int i = 0; i < 3; ++i) {
    auto one = hub.add(stream(1, "hello"), context.get_executor(), {}, {.session = 3});
    ASSERT_TRUE(one);
    held.push_back(std::move(*one));
  }
  EXPECT_FALSE(hub.add(stream(1, "hello"), context.get_executor(), {}, {.session = 3}));
  testing::Told told;
  EXPECT_FALSE(hub.subscribe({.tenant = "localhost", .session = 1}, context.get_executor(), {},
                             told, {.session = 3}));
  EXPECT_TRUE(hub.add(stream(2, "hello"), context.get_executor(), {}, {.session = 3}));
  auto request = stream(1, "hello");
  request.kind = StreamKind::kPluginRequest;
  EXPECT_TRUE(hub.add(request, context.get_executor(), {}, {.session = 3}))
      << "requests are not streams";
  EXPECT_EQ(hub.open_count(std::uint64_t{1}), 3U);
  EXPECT_EQ(hub.open_count(StreamKind::kPluginStream), 3U);
  held.pop_back();
  EXPECT_TRUE(hub.add(stream(1, "hello"), context.get_executor(), {}, {.session = 3}));
  held.clear();
  EXPECT_EQ(hub.open_count(std::uint64_t{1}), 0U);
  EXPECT_EQ(hub.open_count(), 0U);
}

TEST_F(StreamRegistryTest, MovedRegistrationsStayRegistered) {
  std::vector<Code> closed;
  auto a = add(stream(1, "hello"), closed);
  Registration b = std::move(a);
  EXPECT_FALSE(a);
  EXPECT_TRUE(b);
  EXPECT_EQ(hub.open_count(), 1U);
  a = std::move(b);
  EXPECT_EQ(hub.open_count(), 1U);
  a.reset();
  EXPECT_EQ(hub.open_count(), 0U);
}

}  // namespace
}  // namespace portcullis::bff
