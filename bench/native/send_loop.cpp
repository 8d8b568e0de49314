// The lower bound of a fan-out: accepts connections, sends each one line, and on each line "send
// BYTES" of stdin calls send() once per connection in a loop. Prints the loop's duration and CPU
// time. Its first line is the port.
#include <sys/epoll.h>

#include <array>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "loopback.hpp"

namespace {

constexpr std::string_view kHello = "event: hello\n\n";

void fan_out(const std::vector<int>& connections, std::size_t size) {
  std::string bytes = "event: evict\ndata: ";
  bytes.resize(size - 2, 'x');
  bytes += "\n\n";
  const std::int64_t started = bench::now_ns();
  const std::int64_t cpu = bench::now_ns(CLOCK_THREAD_CPUTIME_ID);
  std::size_t sent = 0;
  for (const int fd : connections) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n == static_cast<ssize_t>(bytes.size())) ++sent;
  }
  std::printf("{\"sent\":%zu,\"started_ns\":\"%lld\",\"wall_ns\":%lld,\"cpu_ns\":%lld}\n", sent,
              static_cast<long long>(started), static_cast<long long>(bench::now_ns() - started),
              static_cast<long long>(bench::now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu));
  std::fflush(stdout);
}

}  // namespace

int main() {
  bench::raise_descriptor_limit();
  const int listener = bench::listen_and_tell(SOCK_NONBLOCK);
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<int> connections;
  const auto watch = [epoll](int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) bench::die("epoll_ctl");
  };
  watch(listener);
  watch(STDIN_FILENO);
  std::string line;
  for (;;) {
    std::array<epoll_event, 64> events{};
    const int n = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < n; ++i) {
      if (events[static_cast<std::size_t>(i)].data.fd == STDIN_FILENO) {
        std::string word;
        std::size_t size = 0;
        if (!std::getline(std::cin, line)) return 0;
        std::istringstream(line) >> word >> size;
        fan_out(connections, size);
        continue;
      }
      for (;;) {
        const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) break;
        const int on = 1;
        ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)!::send(fd, kHello.data(), kHello.size(), MSG_NOSIGNAL);
        connections.push_back(fd);
      }
    }
  }
}
