#include "app/shared_state.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>

#include "domain/offload.hpp"
#include "manual_clock.hpp"
#include "run_io.hpp"
#include "settled.hpp"
#include "temp_folder.hpp"
#include "told.hpp"

namespace portcullis::bff {
namespace {

using namespace std::chrono_literals;
using testing::drain;
using testing::run;
using testing::settled;
using testing::TempFolder;
using testing::Told;

class SharedStateTest : public ::testing::Test {
 protected:
  SharedStateTest() {
    StateOptions options;
    options.folder = folder / "state";
    options.version = "1.0.0";
    auto opened = SharedState::open(options, clock);
    state = std::move(std::get<std::unique_ptr<SharedState>>(opened));
    state->config_loaded({{"localhost", {{"hello", "1.0.0"}}}}, 1);
  }
  QuarantineEntry hello() {
    QuarantineEntry entry;
    entry.tenant = "localhost";
    entry.plugin_id = "hello";
    entry.reason = "leaks";
    return entry;
  }
  SessionPtr sign_in(const std::string& user) {
    NewSession what;
    what.tenant = "localhost";
    what.user = user;
    return settled(state->sessions.create(what));
  }
  std::string events(HostStream& stream) {
    drain(context);
    std::string all;
    for (const auto& event : stream.take().events) {
      const std::string_view text = event->text();
      all += text.substr(text.find('\n') + 1);  // without the id
    }
    return all;
  }

  ManualClock clock;
  TempFolder folder;
  boost::asio::io_context context;
  std::unique_ptr<SharedState> state;
  Told told;
};

TEST_F(SharedStateTest, AQuarantineClosesStreamsAndNotifiesHosts) {
  std::vector<Code> closed;
  StreamInfo info;
  info.tenant = "localhost";
  info.plugin_id = "hello";
  info.version = "1.0.0";
  auto registration =
      state->streams.add(info, context.get_executor(), [&](Code why) { closed.push_back(why); });
  auto host = state->streams.subscribe({.tenant = "localhost", .session = 1},
                                       context.get_executor(), {}, told);
  state->quarantine->set(hello());
  EXPECT_EQ(events(*host),
            "event: evict\ndata: {\"plugin_id\":\"hello\",\"reason\":\"leaks\"}\n\n");
  EXPECT_EQ(closed, std::vector<Code>{Code::kPluginQuarantined});
  EXPECT_NE(state->metrics.text().find(
                "portcullis_quarantined{plugin_id=\"hello\",tenant=\"localhost\"} 1"),
            std::string::npos);
  state->quarantine->clear("localhost", "hello");
  EXPECT_EQ(events(*host), "event: restore\ndata: {\"plugin_id\":\"hello\"}\n\n");
  EXPECT_NE(state->metrics.text().find(
                "portcullis_quarantined{plugin_id=\"hello\",tenant=\"localhost\"} 0"),
            std::string::npos);
}

TEST_F(SharedStateTest, SweepEndsExpiredQuarantines) {
  auto host = state->streams.subscribe({.tenant = "localhost", .session = 1},
                                       context.get_executor(), {}, told);
  auto entry = hello();
  entry.expires_at = clock.wall() + 1min;
  state->quarantine->set(entry);
  (void)events(*host);
  clock.advance(1min);
  state->sweep();
  EXPECT_EQ(events(*host), "event: restore\ndata: {\"plugin_id\":\"hello\"}\n\n");
}

TEST_F(SharedStateTest, ALogoutClosesTheSessionsStreams) {
  NewSession who;
  who.tenant = "localhost";
  const SessionPtr session = settled(state->sessions.create(who));
  std::vector<Code> closed;
  StreamInfo info;
  info.tenant = "localhost";
  info.session = session->serial;
  auto registration =
      state->streams.add(info, context.get_executor(), [&](Code why) { closed.push_back(why); });
  (void)state->sessions.destroy(session->id, "localhost");
  drain(context);
  EXPECT_EQ(closed, std::vector<Code>{Code::kSessionRequired});
}

TEST_F(SharedStateTest, SweepClosesStreamsOfExpiredSessions) {
  NewSession who;
  who.tenant = "localhost";
  const SessionPtr session = settled(state->sessions.create(who));
  auto host = state->streams.subscribe({.tenant = "localhost", .session = session->serial},
                                       context.get_executor(), {}, told);
  state->sweep();
  EXPECT_NE(state->metrics.text().find("portcullis_sessions 1"), std::string::npos);
  clock.advance(8h);
  state->sweep();
  drain(context);
  EXPECT_EQ(host->take().ended, Code::kSessionRequired);
  EXPECT_NE(state->metrics.text().find("portcullis_sessions 0"), std::string::npos);
}

TEST_F(SharedStateTest, TheFolderIsPrivateAndKeepsQuarantines) {
  struct stat status = {};
  ASSERT_EQ(::stat((folder / "state").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  EXPECT_TRUE(state->quarantine->set(hello()).durable);
  state.reset();
  StateOptions options;
  options.folder = folder / "state";
  auto again = SharedState::open(options, clock);
  auto& reopened = std::get<std::unique_ptr<SharedState>>(again);
  EXPECT_TRUE(reopened->quarantine->blocks("localhost", "hello", "1.0.0"));
}

TEST_F(SharedStateTest, DamagedStatePreventsStartUp) {
  testing::write_text(folder / "state" / "quarantine.json", "{\"format\":1,\"entr");
  StateOptions options;
  options.folder = folder / "state";
  EXPECT_TRUE(std::holds_alternative<std::string>(SharedState::open(options, clock)));
  testing::write_text(folder / "file", "");
  options.folder = folder / "file" / "state";
  EXPECT_TRUE(std::holds_alternative<std::string>(SharedState::open(options, clock)));
}

TEST_F(SharedStateTest, AnOpenStreamKeepsItsSessionUpToItsMaximumAge) {
  state->sessions.set_limits({.idle = 10min, .max = 60min});
  const SessionPtr watching = sign_in("watching");
  const SessionPtr away = sign_in("away");
  auto stream = state->streams.add(
      {.kind = StreamKind::kPluginStream, .tenant = "localhost", .session = watching->serial},
      context.get_executor(), {});
  const auto page = state->streams.add(
      {.kind = StreamKind::kHostEvents, .tenant = "localhost", .session = away->serial},
      context.get_executor(), {});
  for (int minute = 0; minute < 59; ++minute) {
    clock.advance(1min);
    state->sweep();
  }
  EXPECT_TRUE(state->sessions.alive(*watching));
  EXPECT_FALSE(state->sessions.alive(*away)) << "every open page has a stream of host events";
  clock.advance(1min);
  state->sweep();
  EXPECT_FALSE(state->sessions.alive(*watching)) << "max_minutes holds";

  state->streams_keep_sessions = false;
  const SessionPtr strict = sign_in("strict");
  const auto other = state->streams.add(
      {.kind = StreamKind::kPluginStream, .tenant = "localhost", .session = strict->serial},
      context.get_executor(), {});
  clock.advance(10min);
  state->sweep();
  EXPECT_FALSE(state->sessions.alive(*strict));
}

TEST_F(SharedStateTest, BlockingWorkRunsOnThePoolAndResumesHere) {
  std::thread::id worker;
  std::thread::id after;
  run(context, [&]() -> boost::asio::awaitable<void> {
    BlockingWork::Turn turn{BlockingWork::Lane::kActs, "localhost", "operator"};
    auto result = co_await offload(state->blocking, turn, [&] {
      worker = std::this_thread::get_id();
      return state->quarantine->set(hello());
    });
    after = std::this_thread::get_id();
    EXPECT_TRUE(result && result->durable);
  }());
  EXPECT_NE(worker, std::this_thread::get_id());
  EXPECT_EQ(after, std::this_thread::get_id());
}

TEST_F(SharedStateTest, ExceptionsOfBlockingWorkArePropagated) {
  EXPECT_THROW(run(context, offload(state->blocking, {BlockingWork::Lane::kCalls, "localhost", ""},
                                    []() -> int { throw std::runtime_error("disk"); })),
               std::runtime_error);
}

}  // namespace
}  // namespace portcullis::bff
