// TCP's own ways to find a dead peer, quickly: the kernel's defaults take two hours for a silent
// connection and a quarter of an hour for one that does not acknowledge.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace portcullis::bff {

/// A silent peer that is gone (asleep, unplugged, behind a NAT that forgot) is found within 90 s.
/// `fd`: a TCP socket; what a listening one accepts inherits it. Failures are ignored.
inline void keep_alive_quickly(int fd) noexcept {
  const auto set = [fd](int level, int option, int value) {
    (void)::setsockopt(fd, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 6);
}

/// The same for one that is written to: what it does not acknowledge for 90 s ends the connection.
inline void give_up_quickly(int fd) noexcept {
  const int milliseconds = 90'000;
  (void)::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

}  // namespace portcullis::bff
