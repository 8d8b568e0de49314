// A blocking HTTP client that sends exactly the given bytes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace portcullis::bff::testing {

struct RawAnswer {
  int status = 0;  ///< 0: the connection ended without an answer
  std::string head;
  std::string body;
  bool closed = false;  ///< the server closed after it

  std::string header(std::string_view name) const {
    std::size_t at = 0;
    while ((at = head.find("\r\n", at)) != std::string::npos) {
      at += 2;
      const std::size_t colon = head.find(':', at);
      if (colon == std::string::npos || colon - at != name.size()) continue;
      const bool same = std::equal(name.begin(), name.end(), head.begin() + static_cast<long>(at),
                                   [](char a, char b) { return (a | 32) == (b | 32); });
      if (same) return head.substr(colon + 2, head.find("\r\n", colon) - colon - 2);
    }
    return {};
  }
};

class RawClient {
 public:
  /// `receive_buffer`: kernel buffer size, small for a client that is soon full; 0 for the default.
  explicit RawClient(std::uint16_t port, int timeout_s = 10, int receive_buffer = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    timeval timeout{timeout_s, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) close();
  }
  ~RawClient() { close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// Returns false at the end, on an error or a timeout.
  bool receive() {
    char buffer[16384];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n <= 0) return false;
    in_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
  /// Whether an answer or the end arrives within `ms`. Reads nothing.
  bool readable(int ms) const {
    pollfd wait{fd_, POLLIN, 0};
    return !in_.empty() || ::poll(&wait, 1, ms) > 0;
  }
  /// Reads until `text` was received; returns everything up to and including it. Empty if it never
  /// arrives.
  std::string until(std::string_view text) {
    std::size_t at;
    while ((at = in_.find(text)) == std::string::npos) {
      if (!receive()) return {};
    }
    std::string out = in_.substr(0, at + text.size());
    in_.erase(0, out.size());
    return out;
  }
  /// The next answer; interim (1xx) answers are skipped.
  RawAnswer answer(bool head_only = false) {
    RawAnswer out;
    do {
      out.head = until("\r\n\r\n");
      if (out.head.size() < 12) return {};
      out.status = std::atoi(out.head.c_str() + 9);
    } while (out.status < 200);
    if (head_only || out.status == 204 || out.status == 304) return out;
    if (out.header("Transfer-Encoding") == "chunked") {
      for (;;) {
        const std::size_t size = std::strtoul(until("\r\n").c_str(), nullptr, 16);
        std::string chunk = exactly(size + 2);
        if (chunk.size() < size + 2) return out;
        out.body.append(chunk, 0, size);
        if (size == 0) return out;
      }
    }
    const std::string length = out.header("Content-Length");
    if (!length.empty()) {
      out.body = exactly(std::strtoul(length.c_str(), nullptr, 10));
    } else {
      while (receive()) {
      }
      out.body = std::exchange(in_, {});
    }
    return out;
  }
  /// Whether nothing more arrives.
  bool ended() { return in_.empty() && !receive(); }

 private:
  std::string exactly(std::size_t n) {
    while (in_.size() < n) {
      if (!receive()) break;
    }
    std::string out = in_.substr(0, n);
    in_.erase(0, n);
    return out;
  }
  int fd_ = -1;
  std::string in_;
};

}  // namespace portcullis::bff::testing
