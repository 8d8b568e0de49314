// The client's half of a proxied exchange, as the reverse proxy needs it. http/exchange implements
// it over the client's connection; tests implement it in memory.
//
// Contract:
// - Everything runs on the thread of one io_context. read_more() may be outstanding while
//   begin_response/write_some are (an upstream may answer before it has read the whole body).
// - Writes come one at a time: begin_response once, then write_some any number of times, then
// exactly
//   one of finish() or abort(). Each write completes when the bytes are handed to the kernel: that
//   is the back-pressure. The proxy keeps no other buffer.
// - After an error the proxy calls abort() and touches nothing more.
// - When the answer is finished before the request's body was read to its end, the implementation
//   drains a bounded rest or closes the connection.
#pragma once

#include <boost/asio/buffer.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/asio.hpp"
#include "http/header_lines.hpp"

namespace portcullis::bff {

/// The head of an answer, framing apart: no Content-Length, Transfer-Encoding or Connection field
/// in `fields`; the implementation adds them from what stands here.
struct ResponseHead {
  unsigned status = 200;
  HeaderLines fields;
  bool own_csp = false;   ///< `fields` has a Content-Security-Policy: ours is left out
  bool own_vary = false;  ///< the same for Vary
  /// Body's length when the upstream said so; for HEAD and 304 the length that the field shall
  /// name.
  std::optional<std::uint64_t> content_length;
  /// False for HEAD, 204 and 304: no write_some() follows.
  bool has_body = true;
  /// An event stream: send each write at once, and do not compress.
  bool event_stream = false;
};

class ClientSide {
 public:
  virtual ~ClientSide() = default;

  // --- the request

  /// Whether there is a body to read. Decides if one is sent upstream.
  [[nodiscard]] virtual bool has_request_body() const = 0;
  /// Its length; nullopt when it came chunked.
  [[nodiscard]] virtual std::optional<std::uint64_t> request_content_length() const = 0;
  /// Appends the next bytes of the body to `into`: at least one and at most `most`, or none at the
  /// end. Gives how many. Memory is taken for what has arrived, never for what is announced, and
  /// none while it waits. Sends "100 Continue" before the first read when the client asked for it.
  /// `error` is set when the client broke off, sent a malformed body or was too slow
  /// (timed_out), or when there is no memory for more: not_enough_memory for the process,
  /// no_buffer_space for this session or address. An empty `into` always has room.
  [[nodiscard]] virtual asio::awaitable<std::size_t> read_more(std::string& into, std::size_t most,
                                                               error_code& error) = 0;
  /// An outstanding read_more() or wait_closed() ends soon, read_more() with operation_aborted or
  /// with what has just arrived. One that begins later is not concerned. The
  /// connection can still be written to.
  virtual void cancel_read() = 0;

  // --- the response

  /// The head, and with it what has arrived of the body already (`first` may be empty).
  [[nodiscard]] virtual asio::awaitable<error_code> begin_response(ResponseHead head,
                                                                   asio::const_buffer first) = 0;
  /// The same where it needs no waiting; nothing when it does: begin_response() goes on then.
  [[nodiscard]] virtual std::optional<error_code> begin_response_now(ResponseHead&,
                                                                     asio::const_buffer) {
    return std::nullopt;
  }
  /// Writes all of it.
  [[nodiscard]] virtual asio::awaitable<error_code> write_some(asio::const_buffer bytes) = 0;
  /// Completes the message where that needs no waiting; false: finish() has to.
  [[nodiscard]] virtual bool finish_now() { return false; }
  /// Completes the message (last chunk).
  [[nodiscard]] virtual asio::awaitable<error_code> finish() = 0;
  /// Breaks the connection off (RST where possible), so that what was sent cannot be taken for a
  /// complete answer. Wakes an outstanding write with an error. Idempotent.
  virtual void abort() = 0;

  // --- the peer

  /// The address as X-Forwarded-For shall name it: trusted proxies are already seen through.
  [[nodiscard]] virtual std::string remote_ip() const = 0;
  /// Known to be gone; cheap, not a guarantee.
  [[nodiscard]] virtual bool is_closed() const = 0;
  /// Completes when the client closes its side or the connection breaks, or after cancel_read().
  /// Only awaited while no read_more() is. Bytes of a next request do not complete it, and are
  /// kept.
  [[nodiscard]] virtual asio::awaitable<void> wait_closed() = 0;

  /// Writes a comment of an event stream where that needs no waiting, and nothing otherwise. Only
  /// while no write is outstanding.
  virtual void write_comment_now(std::string_view) {}
};

}  // namespace portcullis::bff
