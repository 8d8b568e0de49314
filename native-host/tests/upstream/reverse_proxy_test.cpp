#include "reverse_proxy_fixture.hpp"

namespace portcullis::bff {
namespace {

using testing::FakeClient;
using testing::kJson;
using testing::Peer;
using testing::ScriptedUpstream;

class ReverseProxy : public testing::ReverseProxyFixture {};

TEST_F(ReverseProxy, ForwardsTheTargetAndTheAnswer) {
  std::string head;
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    head = co_await peer.read_head();
    {
      const std::string bytes_sent =
          std::string(kJson) + "Set-Cookie: a=b\r\nX-Total: 3\r\nContent-Length: 2\r\n\r\n{}";
      co_await peer.write(bytes_sent);
    }
  });
  fields = {{"Cookie", "secret"}, {"Accept", "application/json"}, {"X-Original-URL", "/admin"}};
  request.target = "/api/x/%C3%A4?q=1";
  request.who.tenant = "localhost";
  auto target = upstream.target();
  target.base_path = "/v1";
  const ProxyResult done = forward_to(target);
  EXPECT_EQ(done.code, Code::kAllowed) << done.detail;
  EXPECT_EQ(done.status, 200U);
  EXPECT_EQ(done.bytes_down, 2U);
  EXPECT_EQ(head, "GET /v1/api/x/%C3%A4?q=1 HTTP/1.1\r\nHost: 127.0.0.1:" +
                      std::to_string(upstream.port()) +
                      "\r\naccept: application/json\r\nX-Request-ID: r-1\r\n"
                      "X-Portcullis-Tenant: localhost\r\nVia: 1.1 portcullis\r\n\r\n");
  EXPECT_EQ(client.received, "{}");
  EXPECT_TRUE(client.finished);
  EXPECT_FALSE(client.aborted);
  EXPECT_EQ(client.head->status, 200U);
  EXPECT_EQ(client.head->content_length, 2U);
  EXPECT_EQ(client.head->fields["X-Total"], "3");
  EXPECT_EQ(client.head->fields.count("Set-Cookie"), 0U);
  EXPECT_EQ(client.head->fields.count("Content-Length"), 0U);
}

TEST_F(ReverseProxy, CarriesEveryStatusAndFraming) {
  const struct {
    std::string bytes;
    unsigned status;
    std::string body;
    std::optional<std::uint64_t> length;
  } rows[] = {
      {"HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno", 500, "no", 2},
      {"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", 404,
       "no", std::nullopt},
      {"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end", std::nullopt},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", 0},
      {"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 206 Partial\r\n"
       "Content-Length: 1\r\n\r\nx",
       206, "x", 1},
  };
  for (const auto& row : rows) {
    FakeClient fresh(context);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      co_await peer.write(row.bytes);
      peer.close();
    });
    const ProxyResult done = forward_to(upstream.target(), fresh);
    EXPECT_EQ(done.code, Code::kAllowed) << row.bytes << done.detail;
    EXPECT_EQ(fresh.head->status, row.status);
    EXPECT_EQ(fresh.head->content_length, row.length);
    EXPECT_TRUE(fresh.head->has_body);
    EXPECT_EQ(fresh.received, row.body);
    EXPECT_TRUE(fresh.finished);
  }
}

TEST_F(ReverseProxy, HasNoBodyForHeadNoContentAndNotModified) {
  for (const char* status : {"200 OK", "204 No Content", "304 Not Modified"}) {
    FakeClient fresh(context);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      while (!(co_await peer.read_head()).empty()) {
        {
          const std::string bytes_sent =
              std::string("HTTP/1.1 ") + status + "\r\nContent-Length: 5\r\n\r\n";
          co_await peer.write(bytes_sent);
        }
      }
    });
    request.method = std::string_view(status) == "200 OK" ? HttpVerb::head : HttpVerb::get;
    const ProxyResult done = forward_to(upstream.target(), fresh);
    EXPECT_EQ(done.code, Code::kAllowed) << status << done.detail;
    EXPECT_FALSE(fresh.head->has_body) << status;
    EXPECT_EQ(fresh.received, "");
    EXPECT_TRUE(fresh.finished);
    EXPECT_EQ(http.idle_count(), 1U) << status << ": the connection is reused";
    http.clear_idle();
  }
}

TEST_F(ReverseProxy, ReportsProblemsBeforeAnythingIsWritten) {
  const struct {
    std::string bytes;
    Code code;
  } rows[] = {
      {"", Code::kUpstreamUnavailable},
      {"HTTP/1.1 200", Code::kUpstreamUnavailable},
      {"garbage\r\n\r\n", Code::kUpstreamInvalid},
      {"HTTP/1.1 101 Switching Protocols\r\n\r\n", Code::kUpstreamInvalid},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", Code::kUpstreamInvalid},
      {"HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n", Code::kUpstreamInvalid},
      {"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n", Code::kUpstreamInvalid},
  };
  for (const auto& row : rows) {
    const ProxyResult done = answered(row.bytes);
    EXPECT_EQ(done.code, row.code) << row.bytes;
    EXPECT_FALSE(done.response_started);
    EXPECT_FALSE(client.head);
    EXPECT_FALSE(client.aborted);
    EXPECT_NE(done.detail, "");
  }
  const auto nobody = std::get<UpstreamTarget>(parse_upstream_url(
      "gone", "http://127.0.0.1:" + std::to_string(testing::closed_port(context))));
  EXPECT_EQ(forward_to(nobody).code, Code::kUpstreamUnavailable);
  EXPECT_NE(
      metrics.text().find(
          "portcullis_upstream_requests_total{outcome=\"upstream_invalid\",upstream=\"test\"}"),
      std::string::npos);
}

TEST_F(ReverseProxy, RepeatsOnlyIdempotentRequests) {
  const auto script = [](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    {
      const std::string bytes_sent =
          "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n" + std::to_string(peer.number());
      co_await peer.write(bytes_sent);
    }
    if (peer.number() == 0) {
      co_await peer.read_head();
      peer.reset();
    }
  };
  const struct {
    HttpVerb method;
    bool body;
    bool repeated;
  } rows[] = {{HttpVerb::get, false, true},     {HttpVerb::put, true, true},
              {HttpVerb::delete_, false, true}, {HttpVerb::post, true, false},
              {HttpVerb::patch, true, false},   {HttpVerb::post, false, false}};
  for (const auto& row : rows) {
    ScriptedUpstream upstream(context, script);
    request.method = HttpVerb::get;
    FakeClient first(context);
    ASSERT_EQ(forward_to(upstream.target(), first).code, Code::kAllowed);
    FakeClient second(context);
    request.method = row.method;
    second.has_body = row.body;
    second.body = {"x"};
    const ProxyResult done = forward_to(upstream.target(), second);
    EXPECT_EQ(done.code, row.repeated ? Code::kAllowed : Code::kUpstreamUnavailable);
    EXPECT_EQ(second.received, row.repeated ? "1" : "");
    EXPECT_EQ(upstream.connections(), row.repeated ? 2U : 1U);
  }
}

TEST_F(ReverseProxy, RejectsAmbiguousRequests) {
  ScriptedUpstream upstream(context,
                            [](Peer& peer) -> asio::awaitable<void> { co_await peer.closed(); });
  client.has_body = true;
  client.body = {"GET /admin HTTP/1.1\r\n\r\n"};
  EXPECT_EQ(forward_to(upstream.target()).code, Code::kBadRequest) << "a GET with a body";
  FakeClient twice(context);
  fields = {{"Content-Type", "a/b"}, {"content-type", "c/d"}};
  EXPECT_EQ(forward_to(upstream.target(), twice).code, Code::kBadRequest);
  EXPECT_EQ(upstream.connections(), 0U);
}

TEST_F(ReverseProxy, ServesManyCallsOverFewConnections) {
  ScriptedUpstream upstream(context, [](Peer& peer) -> asio::awaitable<void> {
    co_await peer.answer_all("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  });
  const auto target = upstream.target();
  int done = 0;
  for (int worker = 0; worker < 5; ++worker) {
    asio::co_spawn(
        context,
        [&]() -> asio::awaitable<void> {
          for (int i = 0; i < 20; ++i) {
            FakeClient own(context);
            ProxyControl mine;
            const ProxyResult end = co_await forward(http, own, request, target, mine);
            EXPECT_EQ(end.code, Code::kAllowed) << end.detail;
            EXPECT_EQ(own.received, "ok");
            ++done;
          }
        },
        asio::detached);
  }
  until([&] { return done == 100; });
  EXPECT_LE(upstream.connections(), 5U);
}

TEST_F(ReverseProxy, RedirectsGetTheStrippedPrefix) {
  request.target = "/orders/new";
  request.who.prefix = "/api";
  request.who.scheme = "https";
  request.who.host = "acme.test";
  const ProxyResult done = answered(
      "HTTP/1.1 201 Created\r\nLocation: https://acme.test/orders/7\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(done.code, Code::kAllowed) << done.detail;
  EXPECT_EQ(client.head->fields["Location"], "/api/orders/7");
}

TEST_F(ReverseProxy, RejectedRedirectsAreExplained) {
  const ProxyResult done = answered(
      "HTTP/1.1 302 Found\r\nLocation: https://evil.example/x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(done.code, Code::kUpstreamInvalid);
  EXPECT_NE(done.advice.find("https://evil.example"), std::string::npos) << done.advice;
}

TEST_F(ReverseProxy, ReportsDroppedHeaders) {
  fields = {{"X-Unknown", "1"}, {"Tus-Resumable", "1.0.0"}, {"Cookie", "a=b"}};
  const std::vector<std::string> forwarded{"tus-resumable"};
  request.forward_headers = forwarded;
  const ProxyResult done = answered(std::string(kJson) + "Content-Length: 2\r\n\r\n{}");
  EXPECT_EQ(done.dropped, "x-unknown");
  EXPECT_EQ(client.head->fields["X-Portcullis-Dropped"], "x-unknown");
}

TEST_F(ReverseProxy, Status102ExtendsTheTimeout) {
  ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
    co_await peer.read_head();
    asio::steady_timer pause(context);
    for (int i = 0; i < 12; ++i) {
      co_await peer.write("HTTP/1.1 102 Processing\r\n\r\n");
      pause.expires_after(std::chrono::milliseconds(40));
      co_await pause.async_wait(asio::use_awaitable);
    }
    co_await peer.write(std::string(kJson) + "Content-Length: 2\r\n\r\n{}");
  });
  UpstreamTarget target = upstream.target();
  target.timeout = std::chrono::milliseconds(300);  // it takes 480 in total
  EXPECT_EQ(forward_to(target).code, Code::kAllowed);
  EXPECT_EQ(client.received, "{}");
}

TEST_F(ReverseProxy, AWaitingCallEndsWhenItsClientDisconnects) {
  for (const bool has_head : {false, true}) {
    bool asked = false;
    bool closed = false;
    FakeClient caller(context);
    ScriptedUpstream upstream(context, [&](Peer& peer) -> asio::awaitable<void> {
      co_await peer.read_head();
      if (has_head) co_await peer.write(std::string(kJson) + "Content-Length: 9\r\n\r\n{");
      asked = true;
      co_await peer.closed();
      closed = true;
    });
    const UpstreamTarget target = upstream.target();
    ProxyControl own;
    std::optional<ProxyResult> done;
    request.fields = fields;
    asio::co_spawn(context, forward(http, caller, request, target, own),
                   [&](const std::exception_ptr&, ProxyResult what) { done = what; });
    until([&] { return asked && (!has_head || caller.received == "{"); });
    caller.close_by_client();
    until([&] { return done.has_value() && closed; });
    EXPECT_TRUE(done->client_gone);
  }
}

}  // namespace
}  // namespace portcullis::bff
