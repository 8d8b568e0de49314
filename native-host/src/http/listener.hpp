// Listening sockets. One per worker on the same port (SO_REUSEPORT), so that the kernel spreads
// connections over the cores and no accept is handed from thread to thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/asio.hpp"
#include "http/service.hpp"
#include "http/worker.hpp"

namespace portcullis::bff {

/// An open port: `descriptors` listening sockets on it. Closes what was not taken.
class BoundSockets {
 public:
  /// The error is one sentence, with the address. BoundSockets 0 picks a free one.
  [[nodiscard]] static std::variant<BoundSockets, std::string> open(std::string_view host,
                                                                    std::uint16_t port,
                                                                    std::size_t sockets);
  BoundSockets(BoundSockets&&) noexcept = default;
  BoundSockets& operator=(BoundSockets&&) noexcept = default;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  /// "http://host:port", with the host as it was given, IPv6 in brackets, "localhost" for addresses
  /// that mean every interface.
  [[nodiscard]] std::string url() const;
  /// Takes one socket out.
  [[nodiscard]] Tcp::acceptor take(asio::io_context& context);

 private:
  struct Descriptor {
    explicit Descriptor(int number) : fd(number) {}
    Descriptor(Descriptor&& other) noexcept : fd(other.fd) { other.fd = -1; }
    Descriptor& operator=(Descriptor&& other) noexcept;
    ~Descriptor();
    int fd;
  };
  BoundSockets() = default;

  std::string host_;
  std::uint16_t port_ = 0;
  bool v6_ = false;
  std::vector<Descriptor> descriptors_;
};

/// Accepts until stop(). Lives on its worker's thread.
class Listener {
 public:
  /// `limited`: connections over ServerLoad::max_connections are answered 503 and closed. The ops
  /// listener is not limited: it has to answer when nothing else does.
  Listener(Worker& worker, Service& service, Tcp::acceptor acceptor, bool limited);
  void start();
  /// Takes no new connection and resets none: closing a listening socket resets what the kernel has
  /// accepted for it, and a client that has sent its request by then cannot know whether it was
  /// served. So first the kernel is told to drop SYNs (the client's kernel repeats them after a
  /// second and is refused then, or goes elsewhere), then what it has accepted is served for a
  /// moment, and only then the socket is closed. On the worker's thread.
  void stop();
  /// The same without the moment.
  void stop_now();
  /// It goes on while the server drains.
  [[nodiscard]] bool stays() const noexcept { return !limited_; }

 private:
  asio::awaitable<void> accept_loop();
  void admit(Tcp::socket socket);
  void turn_away(Tcp::socket socket);
  asio::awaitable<void> see_off(Tcp::socket socket);

  Worker& worker_;
  Service& service_;
  Tcp::acceptor acceptor_;
  asio::steady_timer closing_;
  bool limited_;
  bool stopping_ = false;
  int seeing_off_ = 0;
};

}  // namespace portcullis::bff
