// Listening sockets: one per worker on the same port (SO_REUSEPORT), so that the kernel distributes
// connections over cores and threads never hand over connections.
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

/// An open port with `sockets` listening sockets. Closes those that were not taken.
class BoundSockets {
 public:
  /// Opens a port; 0 picks a free one. On failure one sentence with the address.
  [[nodiscard]] static std::variant<BoundSockets, std::string> open(std::string_view host,
                                                                    std::uint16_t port,
                                                                    std::size_t sockets);
  BoundSockets(BoundSockets&&) noexcept = default;
  BoundSockets& operator=(BoundSockets&&) noexcept = default;

  /// The bound port.
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// The host as given.
  [[nodiscard]] const std::string& host() const noexcept { return host_; }
  /// "http://host:port" with the given host: IPv6 in brackets, "localhost" for wildcard addresses.
  [[nodiscard]] std::string url() const;
  /// Takes one socket.
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

/// Accepts connections until stop(). Used on its worker's thread.
class Listener {
 public:
  /// `limited`: connections beyond ServerLoad::max_connections are answered 503 and closed. The ops
  /// listener is not limited, because it must answer when nothing else does.
  Listener(Worker& worker, Service& service, Tcp::acceptor acceptor, bool limited);
  /// Starts accepting.
  void start();
  /// Stops accepting without resetting connections. Closing a listening socket resets connections
  /// the kernel has already accepted, and such a client cannot know whether its request was served.
  /// So the kernel first drops new SYNs (the client's kernel repeats them after a second and is
  /// then refused, or goes elsewhere), accepted connections are served for a moment, and then the
  /// socket is closed. On the worker's thread.
  void stop();
  /// Stops at once.
  void stop_now();
  /// Whether it keeps accepting during the drain.
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
