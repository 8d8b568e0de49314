// Thousands of readers of event streams, in one thread: no timers, no buffers, a flag for each
// socket. Lines on stdin say what to do, one line of JSON answers each:
//
//   open PORT COUNT FILE MARKER   connects, sends the file's bytes on each, waits for MARKER on
//   each arm MARKER                    from now on: when did each socket get MARKER? Answers at
//   once wait                          the answer to arm: {"got","first_ns","last_ns","bytes"}: of
//   the last gone                          waits until the server has ended every stream: the same
//   answer close                         resets all
//
// An end is the end of the connection or the last chunk of Transfer-Encoding: chunked.
#include <fcntl.h>
#include <sys/epoll.h>

#include <array>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "loopback.hpp"

namespace {

using bench::die;
using bench::now_ns;

constexpr std::string_view kLastChunk = "0\r\n\r\n";

struct Reader {
  int fd = -1;
  bool marked = false;
  bool ended = false;
};

class Clients {
 public:
  Clients() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), buffer_(1 << 16) {}

  void open(std::uint16_t port, std::size_t count, const std::string& request,
            const std::string& marker) {
    arm(marker);
    gone_ = 0;
    readers_.assign(count, {});
    const sockaddr_in address = bench::loopback(port);
    for (std::size_t i = 0; i < count; ++i) {
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      if (fd < 0) die("socket");
      if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        die("connect");
      }
      ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
      if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(request.size())) {
        die("send");
      }
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) die("epoll_ctl");
      readers_[i].fd = fd;
      poll(0);
    }
    wait_marked();
  }

  void arm(const std::string& marker) {
    marker_ = marker;
    marked_ = 0;
    first_ = last_ = 0;
    for (Reader& reader : readers_) reader.marked = false;
  }
  void wait_marked() {
    while (marked_ < readers_.size()) {
      poll(-1);
      if (gone_ == readers_.size()) break;
    }
    tell(marked_, first_, last_, bytes_);
  }
  void wait_gone() {
    while (gone_ < readers_.size()) poll(-1);
    tell(gone_, first_gone_, last_gone_, 0);
  }
  void arm_gone() { first_gone_ = 0; }
  void close() {
    const linger reset{1, 0};
    for (Reader& reader : readers_) {
      if (reader.fd < 0) continue;
      ::setsockopt(reader.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      ::close(reader.fd);
    }
    readers_.clear();
  }

 private:
  static void tell(std::size_t got, std::int64_t first, std::int64_t last, std::size_t bytes) {
    std::printf("{\"got\":%zu,\"first_ns\":\"%lld\",\"last_ns\":\"%lld\",\"bytes\":%zu}\n", got,
                static_cast<long long>(first), static_cast<long long>(last), bytes);
  }

  void poll(int timeout) {
    std::array<epoll_event, 512> events{};
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
    for (int i = 0; i < n; ++i) read(readers_[events[static_cast<std::size_t>(i)].data.u64]);
  }

  void read(Reader& reader) {
    const ssize_t n = ::recv(reader.fd, buffer_.data(), buffer_.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    // What one write of the server sends comes in one piece: nothing is carried over.
    const std::string_view bytes(buffer_.data(), n > 0 ? static_cast<std::size_t>(n) : 0);
    if (!reader.marked && bytes.find(marker_) != bytes.npos) {
      reader.marked = true;
      bytes_ = bytes.size();
      last_ = now_ns();
      if (marked_++ == 0) first_ = last_;
    }
    const bool closed = n <= 0;
    const bool last_chunk = bytes.size() >= kLastChunk.size() &&
                            bytes.substr(bytes.size() - kLastChunk.size()) == kLastChunk;
    if (!reader.ended && (closed || last_chunk)) {
      reader.ended = true;
      ++gone_;
      last_gone_ = now_ns();
      if (first_gone_ == 0) first_gone_ = last_gone_;
    }
    if (closed) {
      ::close(reader.fd);
      reader.fd = -1;
    }
  }

  int epoll_;
  std::vector<char> buffer_;
  std::vector<Reader> readers_;
  std::string marker_;
  std::size_t marked_ = 0;
  std::size_t gone_ = 0;
  std::size_t bytes_ = 0;
  std::int64_t first_ = 0;
  std::int64_t last_ = 0;
  std::int64_t first_gone_ = 0;
  std::int64_t last_gone_ = 0;
};

std::string rest_of(std::istringstream& words) {
  std::string text;
  std::getline(words >> std::ws, text);
  return text;
}

}  // namespace

int main() {
  bench::raise_descriptor_limit();
  Clients clients;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "open") {
      unsigned port = 0;
      std::size_t count = 0;
      std::string file;
      words >> port >> count >> file;
      std::ifstream in(file, std::ios::binary);
      const std::string request{std::istreambuf_iterator<char>(in), {}};
      clients.open(static_cast<std::uint16_t>(port), count, request, rest_of(words));
    } else if (what == "arm") {
      clients.arm(rest_of(words));
      clients.arm_gone();
      std::printf("{}\n");
    } else if (what == "wait") {
      clients.wait_marked();
    } else if (what == "gone") {
      clients.wait_gone();
    } else if (what == "close") {
      clients.close();
      std::printf("{}\n");
    }
    std::fflush(stdout);
  }
  return 0;
}
