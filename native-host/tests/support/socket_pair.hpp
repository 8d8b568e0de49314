// One end of a socket pair for what a connection reads from or writes to; the test has the other.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "http/ready_socket.hpp"
#include "http/worker.hpp"

namespace portcullis::bff::testing {

struct SocketPair {
  /// `type`: SOCK_STREAM, or SOCK_SEQPACKET, which keeps apart what was sent by different calls.
  explicit SocketPair(int type = SOCK_STREAM, const Timeouts& timeouts = {})
      : worker(load, timeouts) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw std::runtime_error("socketpair");
    }
    socket.assign(ends[0]);
    peer = ends[1];
  }
  ~SocketPair() { close_peer(); }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;

  void say(std::string_view text) const {
    if (::send(peer, text.data(), text.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("send");
  }
  /// What the peer can read now, at most `most` bytes; of SOCK_SEQPACKET one message.
  [[nodiscard]] std::string hear(std::size_t most = 1 << 16) const {
    std::string text(most, '\0');
    const ssize_t n = ::recv(peer, text.data(), text.size(), MSG_DONTWAIT);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }
  /// Everything that the peer can read now.
  [[nodiscard]] std::string hear_all() const {
    std::string text;
    for (std::string more = hear(); !more.empty(); more = hear()) text += more;
    return text;
  }
  /// Sends until the kernel takes no more; returns what it took.
  std::string fill() {
    std::string all;
    const std::string piece(4096, 'f');
    const std::array<iovec, 1> pieces{iovec{const_cast<char*>(piece.data()), piece.size()}};
    for (error_code error;;) {
      const std::size_t taken = socket.send(pieces, error);
      if (error) return all;
      all.append(piece, 0, taken);
    }
  }
  void close_peer() {
    if (peer >= 0) ::close(std::exchange(peer, -1));
  }

  /// Runs `what` to its end. `heard`: meanwhile the peer reads all that comes.
  template <typename T>
  T run(asio::awaitable<T> what, std::string* heard = nullptr) {
    std::optional<T> result;
    std::exception_ptr failure;
    asio::co_spawn(worker.context, std::move(what), [&](std::exception_ptr thrown, T value) {
      failure = thrown;
      result = std::move(value);
    });
    while (!result) {
      worker.context.restart();
      (void)worker.context.poll();
      if (heard != nullptr) heard->append(hear());
    }
    if (failure) std::rethrow_exception(failure);
    return *result;
  }

  ServerLoad load;
  Worker worker;
  ReadySocket socket{worker.context};
  int peer = -1;
};

}  // namespace portcullis::bff::testing
