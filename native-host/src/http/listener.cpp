#include "http/listener.hpp"

#include <linux/filter.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <optional>
#include <utility>

#include "base/log.hpp"
#include "http/connection.hpp"
#include "http/keep_alive.hpp"
#include "http/problem.hpp"
#include "http/request_id.hpp"
#include "http/security_headers.hpp"

namespace portcullis::bff {

namespace {

constexpr int kBacklog = 4096;
/// Longer than a TCP handshake within a data centre takes; clients that connect meanwhile wait for
/// TCP's first retransmission, one second.
constexpr std::chrono::milliseconds kQuiet{50};
/// Maximum number of refused clients that get a 503 and are read from; more are closed at once.
constexpr int kMaxSeenOff = 256;
constexpr std::chrono::milliseconds kSeeOff{500};

/// Makes the kernel drop every segment that would open a connection on the listening socket. False
/// without socket filter support.
bool drop_new_connections(int fd) {
  constexpr std::uint16_t kFlagsByte =
      13;  // RFC 9293, section 3.1: the filter sees the TCP header first
  constexpr std::uint8_t kSyn = 0x02;
  std::array<sock_filter, 4> code{{
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsByte),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kSyn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffffU),
  }};
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/// The answer to a connection over the limit, whose request is not read. Browsers display it like
/// any answer, so it carries the usual headers; no configuration is needed for that.
std::string overloaded_answer(const std::string& date) {
  static const SecurityHeaders headers = make_security_headers({}, {});
  const std::string id = next_request_id();
  const std::string body = problem_json({.code = Code::kOverloaded, .request_id = id});
  return "HTTP/1.1 503 Service Unavailable\r\nX-Request-ID: " + id + "\r\nDate: " + date +
         "\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
         "Cache-Control: no-store\r\n"
         "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n" +
         headers.rest + headers.vary +
         "Connection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string sentence(std::string_view host, std::uint16_t port, int error) {
  std::string where = std::string(host) + ":" + std::to_string(port);
  if (error == EADDRINUSE) return where + " is in use: another server listens on this port";
  return "cannot listen on " + where + ": " + std::strerror(error);
}

int open_socket(const addrinfo& address, bool reuse_port, int& error) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) {
    error = errno;
    return -1;
  }
  const int on = 1;
  const int off = 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (reuse_port) ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (address.ai_family == AF_INET6) {
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  // Inherited by accepted sockets.
  keep_alive_quickly(fd);
  give_up_quickly(fd);
  if (::bind(fd, address.ai_addr, address.ai_addrlen) == 0 && ::listen(fd, kBacklog) == 0) {
    return fd;
  }
  error = errno;
  ::close(fd);
  return -1;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage address{};
  socklen_t length = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                   : reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

}  // namespace

BoundSockets::Descriptor& BoundSockets::Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd, other.fd);
  return *this;
}

BoundSockets::Descriptor::~Descriptor() {
  if (fd >= 0) ::close(fd);
}

std::variant<BoundSockets, std::string> BoundSockets::open(std::string_view host,
                                                           std::uint16_t port,
                                                           std::size_t sockets) {
  std::string name(host);
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    name = name.substr(1, name.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  // Browsers and tools try 127.0.0.1 for this name, but not all of them try ::1.
  if (name == "localhost") hints.ai_family = AF_INET;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int status = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (status != 0) return "cannot listen on " + name + ": " + ::gai_strerror(status);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);

  BoundSockets out;
  out.host_ = name;
  out.v6_ = found->ai_family == AF_INET6;
  int error = 0;
  // With SO_REUSEPORT a second server would silently share the port and take half of the requests.
  // Without it the kernel reports the conflict; only then is the port opened for all threads.
  const int probe = open_socket(*found, false, error);
  if (probe < 0) return sentence(name, port, error);
  const std::uint16_t chosen = port_of(probe);
  ::close(probe);
  if (out.v6_) {
    reinterpret_cast<sockaddr_in6*>(found->ai_addr)->sin6_port = htons(chosen);
  } else {
    reinterpret_cast<sockaddr_in*>(found->ai_addr)->sin_port = htons(chosen);
  }
  for (std::size_t i = 0; i < sockets; ++i) {
    const int fd = open_socket(*found, true, error);
    if (fd < 0) return sentence(name, chosen, error);
    out.descriptors_.emplace_back(fd);
  }
  out.port_ = chosen;
  return out;
}

std::string BoundSockets::url() const {
  std::string host = host_;
  if (host == "0.0.0.0" || host == "::") host = "localhost";
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return "http://" + host + ":" + std::to_string(port_);
}

Tcp::acceptor BoundSockets::take(asio::io_context& context) {
  Tcp::acceptor acceptor(context);
  acceptor.assign(v6_ ? Tcp::v6() : Tcp::v4(), descriptors_.back().fd);
  descriptors_.back().fd = -1;
  descriptors_.pop_back();
  return acceptor;
}

Listener::Listener(Worker& worker, Service& service, Tcp::acceptor acceptor, bool limited)
    : worker_(worker),
      service_(service),
      acceptor_(std::move(acceptor)),
      closing_(worker.context),
      limited_(limited) {
  acceptor_.non_blocking(true);
  if (limited_) worker_.load.listening.fetch_add(1);
}

void Listener::start() { asio::co_spawn(worker_.context, accept_loop(), asio::detached); }

void Listener::admit(Tcp::socket socket) {
  ServerLoad& load = worker_.load;
  const std::int64_t open = load.connections.fetch_add(1, std::memory_order_relaxed) + 1;
  if (limited_ && open > load.max_connections.load(std::memory_order_relaxed)) {
    load.connections.fetch_sub(1, std::memory_order_relaxed);
    load.refused.fetch_add(1, std::memory_order_relaxed);
    turn_away(std::move(socket));
    return;
  }
  auto slot = limited_ ? load.addresses.enter(peer_address(socket))
                       : std::optional<ConnectionQuota::Slot>(std::in_place);
  if (!slot) {
    load.connections.fetch_sub(1, std::memory_order_relaxed);
    turn_away(std::move(socket));
    return;
  }
  // Out of memory or kernel resources: drop this connection; the next may succeed.
  std::shared_ptr<Connection> connection;
  try {
    connection =
        std::make_shared<Connection>(worker_, service_, std::move(socket), std::move(*slot));
    asio::co_spawn(worker_.context, Connection::run(connection), asio::detached);
  } catch (const std::exception& error) {
    if (!connection) load.connections.fetch_sub(1, std::memory_order_relaxed);
    log_event(LogLevel::kError, "connection_failed", error.what());
  }
}

/// Answers 503. Closing with unread bytes resets the connection, and the reset may overtake the
/// answer, so the request is read for a moment, for a bounded number of connections.
void Listener::turn_away(Tcp::socket socket) {
  error_code ignored;
  socket.non_blocking(true, ignored);
  (void)socket.write_some(asio::buffer(overloaded_answer(worker_.date())), ignored);
  socket.shutdown(Tcp::socket::shutdown_send, ignored);
  if (seeing_off_ >= kMaxSeenOff) return;
  asio::co_spawn(worker_.context, see_off(std::move(socket)), asio::detached);
}

asio::awaitable<void> Listener::see_off(Tcp::socket socket) {
  struct Deadline final : Watched {
    explicit Deadline(Tcp::socket& of) : socket(of) {}
    void on_deadline() override {
      error_code ignored;
      socket.close(ignored);
    }
    Tcp::socket& socket;
  } deadline(socket);
  ++seeing_off_;
  worker_.watchdog.watch(deadline, kSeeOff);
  std::array<char, 1024> waste;
  for (;;) {
    error_code error;
    co_await socket.async_read_some(asio::buffer(waste),
                                    asio::redirect_error(asio::use_awaitable, error));
    if (error) break;
  }
  --seeing_off_;
}

asio::awaitable<void> Listener::accept_loop() {
  asio::steady_timer pause(worker_.context);
  while (!stopping_) {
    error_code ec;
    Tcp::socket socket = co_await acceptor_.async_accept(
        worker_.context, asio::redirect_error(asio::use_awaitable, ec));
    if (!ec) {
      admit(std::move(socket));
      continue;
    }
    if (stopping_ || ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) {
      co_return;
    }
    // ECONNABORTED and the like concern one connection. Running out of descriptors or memory
    // concerns all: retrying at once would only burn CPU.
    if (ec == asio::error::no_descriptors || ec == asio::error::no_memory ||
        ec == asio::error::no_buffer_space || ec.value() == ENFILE) {
      log_event(LogLevel::kError, "accept_failed", ec.message());
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
  }
}

void Listener::stop() {
  if (stopping_ || !acceptor_.is_open()) return;
  if (!drop_new_connections(acceptor_.native_handle())) {
    stop_now();
    return;
  }
  closing_.expires_after(kQuiet);
  closing_.async_wait([this](const error_code& error) {
    if (!error) stop_now();
  });
}

void Listener::stop_now() {
  if (stopping_) return;
  stopping_ = true;
  // Closing would reset connections the kernel has already accepted.
  for (;;) {
    error_code ec;
    Tcp::socket socket(worker_.context);
    acceptor_.accept(socket, ec);
    if (ec) break;
    admit(std::move(socket));
  }
  error_code ignored;
  acceptor_.close(ignored);
  if (limited_) worker_.load.listening.fetch_sub(1);
}

}  // namespace portcullis::bff
