#include "upstream/http_client.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/keep_alive.hpp"
#include "upstream/response_reader.hpp"
#include "upstream/upstream_metrics.hpp"
#include "upstream/upstream_pool.hpp"

namespace portcullis::bff {
using SteadyClock = std::chrono::steady_clock;

bool is_idempotent(HttpVerb method) noexcept {
  switch (method) {
    case HttpVerb::get:
    case HttpVerb::head:
    case HttpVerb::put:
    case HttpVerb::delete_:
    case HttpVerb::options:
      return true;
    default:
      return false;
  }
}

HttpClient::HttpClient(asio::io_context& context, UpstreamMetrics* metrics,
                       HttpClientOptions options)
    : context_(context),
      metrics_(metrics),
      options_(options),
      pools_(std::make_shared<Pools>(context, options)) {}

HttpClient::~HttpClient() {
  pools_->closed = true;
  pools_->clear_idle();
}

Watchdog& HttpClient::watchdog() noexcept { return pools_->watchdog; }

void HttpClient::clear_idle() noexcept { pools_->clear_idle(); }

std::size_t HttpClient::idle_count() const noexcept { return pools_->idle_count; }

asio::ssl::context& HttpClient::tls_context(const UpstreamTarget& upstream) {
  constexpr std::size_t kMaxContexts = 64;
  const std::string key = upstream.verify_tls ? "verify " + upstream.ca_id : "blind";
  auto found = tls_contexts_.find(key);
  if (found != tls_contexts_.end()) return *found->second;
  // Contexts may belong to authorities replaced by a reload.
  if (tls_contexts_.size() >= kMaxContexts) tls_contexts_.clear();
  auto& place = tls_contexts_[key];
  place = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(place->native_handle(), TLS1_2_VERSION);
  if (upstream.verify_tls && upstream.ca_pem.empty()) {
    place->set_default_verify_paths();
  } else if (upstream.verify_tls) {
    // Adds all certificates of the text, one after another.
    place->add_certificate_authority(asio::buffer(upstream.ca_pem));
  }
  return *place;
}

HttpClient::Lease HttpClient::take_idle(const UpstreamTarget& upstream, Reuse reuse) {
  const auto pool = pools_->by_key.find(upstream.pool_key);
  if (pool == pools_->by_key.end() ||
      pool->second.leased >= options_.max_connections_per_upstream) {
    return {};
  }
  UpstreamConnectionPtr pooled = pools_->take(pool->second, reuse);
  if (!pooled) return {};
  ++pool->second.leased;
  if (metrics_ != nullptr) metrics_->upstream_connection(upstream.name, true);
  return {pools_, std::move(pooled), true};
}

asio::awaitable<std::variant<HttpClient::Lease, UpstreamFailure>> HttpClient::acquire(
    const UpstreamTarget& upstream, Reuse reuse, UpstreamConnection** on_connecting) {
  auto& pool = pools_->by_key[upstream.pool_key];
  if (pool.leased >= options_.max_connections_per_upstream) {
    co_return UpstreamFailure{Code::kOverloaded, "too many connections to " + upstream.name};
  }
  ++pool.leased;
  UpstreamConnectionPtr pooled = pools_->take(pool, reuse);
  const bool reused = pooled != nullptr;
  if (metrics_ != nullptr) metrics_->upstream_connection(upstream.name, reused);
  // From here on the lease counts the connection, whatever happens.
  Lease lease(
      pools_,
      reused ? std::move(pooled)
             : std::make_unique<UpstreamConnection>(context_, pools_->watchdog, upstream.pool_key),
      reused);
  if (on_connecting != nullptr) *on_connecting = &*lease;
  if (!reused) {
    auto failure = co_await connect(*lease, upstream);
    if (failure) {
      if (on_connecting != nullptr) *on_connecting = nullptr;
      co_return std::move(*failure);
    }
  }
  co_return std::move(lease);
}

asio::awaitable<std::optional<UpstreamFailure>> HttpClient::resolve(
    const UpstreamTarget& upstream, std::vector<Tcp::endpoint>& found) {
  error_code error;
  const auto address = asio::ip::make_address(upstream.host, error);
  if (!error) {
    found.emplace_back(address, upstream.port);
    co_return std::nullopt;
  }
  // getaddrinfo cannot be cancelled; waiting for it can.
  struct Lookup {
    explicit Lookup(asio::io_context& context) : resolver(context), done(context) {}
    Tcp::resolver resolver;
    asio::steady_timer done;
    error_code error;
    Tcp::resolver::results_type results;
    bool finished = false;
  };
  const auto lookup = std::make_shared<Lookup>(context_);
  lookup->done.expires_after(upstream.connect_timeout);
  lookup->resolver.async_resolve(
      upstream.host, std::to_string(upstream.port),
      [lookup](const error_code& failed, Tcp::resolver::results_type results) {
        lookup->error = failed;
        lookup->results = std::move(results);
        lookup->finished = true;
        lookup->done.cancel();
      });
  co_await lookup->done.async_wait(asio::redirect_error(asio::use_awaitable, error));
  if (!lookup->finished) {
    co_return UpstreamFailure{Code::kUpstreamTimeout, "looking up " + upstream.host + " timed out"};
  }
  if (lookup->error) {
    co_return UpstreamFailure{Code::kUpstreamUnavailable,
                              "looking up " + upstream.host + ": " + lookup->error.message()};
  }
  for (const auto& entry : lookup->results) found.push_back(entry.endpoint());
  co_return std::nullopt;
}

asio::awaitable<error_code> HttpClient::connect_any(UpstreamConnection& connection,
                                                    const std::vector<Tcp::endpoint>& endpoints,
                                                    SteadyClock::time_point until) {
  error_code error = asio::error::host_not_found;
  asio::steady_timer turn(context_);
  for (std::size_t i = 0; i < endpoints.size() && !connection.closed(); ++i) {
    error_code ignored;
    connection.socket().close(ignored);
    const auto left = until - SteadyClock::now();
    const bool last = i + 1 == endpoints.size();
    // This limits the time for one address, not for the connection. The last one gets all that is
    // left.
    const auto over = std::make_shared<bool>(false);
    if (!last) {
      turn.expires_after(left / static_cast<int>(endpoints.size() - i));
      turn.async_wait([over, &connection](const error_code& cancelled) {
        if (cancelled || *over) return;
        error_code none;
        connection.socket().cancel(none);
      });
    }
    co_await connection.socket().async_connect(endpoints[i],
                                               asio::redirect_error(asio::use_awaitable, error));
    *over = true;
    turn.cancel();
    if (!error) break;
  }
  co_return error;
}

namespace {

/// Explains why a peer's certificate was rejected and how to fix it; empty if certificates were not
/// the cause.
std::string distrust(SSL* tls, const UpstreamTarget& upstream) {
  const long result = SSL_get_verify_result(tls);
  if (result == X509_V_OK) return {};
  std::string out = "its certificate is not trusted: ";
  out.append(X509_verify_cert_error_string(result));
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
      break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      out.append(" (it is not valid for ")
          .append(upstream.server_name.empty() ? upstream.host : upstream.server_name)
          .append("; to expect another name, set `server_name` of the upstream)");
      break;
    default:
      out.append(" (for a private authority, set `ca_file` of the upstream)");
      break;
  }
  return out;
}

}  // namespace

asio::awaitable<std::optional<UpstreamFailure>> HttpClient::start_tls(
    UpstreamConnection& connection, const UpstreamTarget& upstream) {
  auto& tls = connection.tls();
  tls.emplace(connection.socket(), tls_context(upstream));
  SSL* const native = tls->native_handle();
  const std::string& name = upstream.server_name.empty() ? upstream.host : upstream.server_name;
  error_code error;
  asio::ip::make_address(name, error);
  const bool is_name = static_cast<bool>(error);
  if (is_name)
    SSL_set_tlsext_host_name(native, name.c_str());  // RFC 6066, section 3: not for addresses
  if (upstream.verify_tls) {
    tls->set_verify_mode(asio::ssl::verify_peer);
    X509_VERIFY_PARAM* const param = SSL_get0_param(native);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int set = is_name ? X509_VERIFY_PARAM_set1_host(param, name.c_str(), name.size())
                            : X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str());
    if (set != 1) {
      co_return UpstreamFailure{Code::kUpstreamUnavailable,
                                "cannot verify a certificate for " + name};
    }
  }
  co_await tls->async_handshake(asio::ssl::stream_base::client,
                                asio::redirect_error(asio::use_awaitable, error));
  if (!error) co_return std::nullopt;
  const std::string doing = "TLS handshake with " + upstream.authority;
  const std::string why = upstream.verify_tls ? distrust(native, upstream) : std::string();
  if (why.empty() || connection.timed_out()) {
    co_return failure_of(error, connection.timed_out(), doing);
  }
  co_return UpstreamFailure{Code::kUpstreamUnavailable, doing + ": " + why};
}

asio::awaitable<std::optional<UpstreamFailure>> HttpClient::connect(
    UpstreamConnection& connection, const UpstreamTarget& upstream) {
  const auto started = SteadyClock::now();
  std::vector<Tcp::endpoint> endpoints;
  auto unresolved = co_await resolve(upstream, endpoints);
  if (unresolved) co_return unresolved;
  const auto left = upstream.connect_timeout - (SteadyClock::now() - started);
  connection.read_deadline(std::max<SteadyClock::duration>(left, std::chrono::milliseconds(1)));
  error_code error =
      co_await connect_any(connection, endpoints, started + upstream.connect_timeout);
  if (connection.closed() && !error) error = asio::error::operation_aborted;
  const auto failed = [&](std::string_view doing) {
    return failure_of(error, connection.timed_out(), std::string(doing) + " " + upstream.authority);
  };
  if (error) co_return failed("connecting to");
  error_code ignored;
  connection.socket().set_option(Tcp::no_delay(true), ignored);
  keep_alive_quickly(connection.socket().native_handle());
  if (upstream.tls) {
    auto untrusted = co_await start_tls(connection, upstream);
    if (untrusted) co_return untrusted;
  } else {
    connection.socket().non_blocking(true, ignored);
    connection.become_plain();
  }
  connection.clear_read_deadline();
  co_return std::nullopt;
}

asio::awaitable<std::variant<IncomingResponse, UpstreamFailure>> HttpClient::request(
    const UpstreamTarget& upstream, OutgoingRequest what) {
  const auto deadline = SteadyClock::now() + what.total_timeout.value_or(upstream.timeout);
  const auto left = [&] {
    return std::max(std::chrono::milliseconds(1),
                    std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now()));
  };
  UpstreamTarget limited;  // connecting must not outlast the whole
  const UpstreamTarget* target = &upstream;
  if (left() < upstream.connect_timeout) {
    limited = upstream;
    limited.connect_timeout = left();
    target = &limited;
  }
  std::string head(beast::http::to_string(what.method));
  head.append(" ").append(upstream.base_path).append(what.target).append(" HTTP/1.1\r\nHost: ");
  head.append(upstream.authority).append("\r\n");
  for (const auto& [name, value] : what.headers) {
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (!what.body.empty() || what.method == HttpVerb::post || what.method == HttpVerb::put) {
    head.append("Content-Length: ").append(std::to_string(what.body.size())).append("\r\n");
  }
  head.append("\r\n");

  const bool repeatable = what.repeatable || is_idempotent(what.method);
  for (bool repeated = false;; repeated = true) {
    const Reuse reuse = repeated ? Reuse::kNever : (repeatable ? Reuse::kAny : Reuse::kFreshlyUsed);
    auto acquired = co_await acquire(*target, reuse);
    if (auto* failure = std::get_if<UpstreamFailure>(&acquired)) co_return std::move(*failure);
    Lease& lease = std::get<Lease>(acquired);
    ResponseReader reader(*lease);
    std::optional<UpstreamFailure> failure;
    const error_code error =
        co_await write_all(*lease, asio::buffer(head), asio::buffer(what.body), left());
    if (error) failure = failure_of(error, lease->timed_out(), "sending the request");
    if (!failure) {
      lease->read_deadline(left());
      failure = co_await reader.read_head(what.method == HttpVerb::head);
    }
    if (failure) {
      const bool stale = lease.reused() && reader.got_nothing() && !lease->timed_out() &&
                         failure->code == Code::kUpstreamUnavailable;
      if (stale && repeatable && !repeated) {
        if (metrics_ != nullptr) metrics_->upstream_retry(upstream.name);
        continue;
      }
      co_return std::move(*failure);
    }
    IncomingResponse response;
    response.status = reader.status();
    for (const HeaderField& field : reader.fields()) {
      response.fields.insert(field.name, field.value);
    }
    const auto announced = reader.content_length();
    if (reader.has_body() && announced && *announced > what.max_body) {
      co_return UpstreamFailure{Code::kUpstreamInvalid, "the answer is too large"};
    }
    std::vector<char> piece(16 * 1024);
    reader.read_size(piece.size());
    for (;;) {
      const std::size_t got = co_await reader.read_some(asio::buffer(piece), left(), failure);
      if (got == 0) break;
      // Each byte that arrives restarts the read deadline, so check the total.
      if (SteadyClock::now() >= deadline) {
        co_return UpstreamFailure{Code::kUpstreamTimeout,
                                  "reading the body of the answer: timed out"};
      }
      if (response.body.size() + got > what.max_body) {
        co_return UpstreamFailure{Code::kUpstreamInvalid, "the answer is too large"};
      }
      response.body.append(piece.data(), got);
    }
    if (failure) co_return std::move(*failure);
    if (reader.reusable()) lease.release();
    co_return response;
  }
}

}  // namespace portcullis::bff
