// The client's half of a proxied exchange, as the reverse proxy sees it. The connection implements
// it; tests implement it in memory.
//
// Contract:
// - Everything runs on the thread of one io_context. read_more() may be outstanding during
//   begin_response() and write_some(): an upstream may answer before it has read the whole body.
// - Writes come one at a time: begin_response() once, write_some() any number of times, then
//   exactly one of finish() or abort(). Each write completes when the kernel has the bytes: that is
//   the back-pressure. The proxy has no other buffer.
// - After an error the proxy calls abort() and nothing else.
// - If the answer is finished before the request's body is read, the implementation drains a
//   bounded rest or closes the connection.
#pragma once

#include <boost/asio/buffer.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/asio.hpp"
#include "http/header_lines.hpp"

namespace portcullis::bff {

/// The head of an answer, without framing: `fields` has no Content-Length, Transfer-Encoding or
/// Connection; the implementation adds them from the other members.
struct ResponseHead {
  unsigned status = 200;
  HeaderLines fields;
  bool own_csp = false;   ///< `fields` has a Content-Security-Policy: the server's is omitted
  bool own_vary = false;  ///< the same for Vary
  /// The body's length in bytes if the upstream stated it; for HEAD and 304 the value of the field.
  std::optional<std::uint64_t> content_length;
  /// False for HEAD, 204 and 304: no write_some() follows.
  bool has_body = true;
  /// An event stream: send each write at once, without compression.
  bool event_stream = false;
};

/// The client of one proxied exchange.
class ClientSide {
 public:
  virtual ~ClientSide() = default;

  // --- the request

  /// Whether the request has a body to forward.
  [[nodiscard]] virtual bool has_request_body() const = 0;
  /// The body's length in bytes; nullopt if chunked.
  [[nodiscard]] virtual std::optional<std::uint64_t> request_content_length() const = 0;
  /// Appends the next bytes of the body to `into`: between 1 and `most`, or none at the end.
  /// Returns how many. Memory is counted for received bytes only, and none while waiting. Sends
  /// "100 Continue" before the first read if the client expects it. Sets `error` if the client
  /// disconnected, sent a malformed body or was too slow (timed_out), or if memory is exhausted:
  /// not_enough_memory for the process, no_buffer_space for this session or address. An empty
  /// `into` always has room.
  [[nodiscard]] virtual asio::awaitable<std::size_t> read_more(std::string& into, std::size_t most,
                                                               error_code& error) = 0;
  /// Ends an outstanding read_more() or wait_closed() soon; read_more() returns operation_aborted
  /// or the bytes just received. Later calls are not affected. The connection can still be written
  /// to.
  virtual void cancel_read() = 0;

  // --- the response

  /// Writes the head and the first part of the body (`first` may be empty).
  [[nodiscard]] virtual asio::awaitable<error_code> begin_response(ResponseHead head,
                                                                   asio::const_buffer first) = 0;
  /// Like begin_response(), if no waiting is needed; otherwise returns nothing, and
  /// begin_response() continues.
  [[nodiscard]] virtual std::optional<error_code> begin_response_now(ResponseHead&,
                                                                     asio::const_buffer) {
    return std::nullopt;
  }
  /// Writes all bytes.
  [[nodiscard]] virtual asio::awaitable<error_code> write_some(asio::const_buffer bytes) = 0;
  /// Completes the message if no waiting is needed; on false call finish().
  [[nodiscard]] virtual bool finish_now() { return false; }
  /// Completes the message (last chunk).
  [[nodiscard]] virtual asio::awaitable<error_code> finish() = 0;
  /// Ends the connection (by RST where possible), so that the bytes sent do not look like a
  /// complete answer. An outstanding write fails. Idempotent.
  virtual void abort() = 0;

  // --- the peer

  /// The client's address for X-Forwarded-For; trusted proxies are already resolved.
  [[nodiscard]] virtual std::string remote_ip() const = 0;
  /// Whether the client is known to be gone. Cheap, not a guarantee.
  [[nodiscard]] virtual bool is_closed() const = 0;
  /// Completes when the client closes its side, the connection breaks, or after cancel_read(). Must
  /// not be awaited during read_more(). Bytes of a next request do not complete it and are kept.
  [[nodiscard]] virtual asio::awaitable<void> wait_closed() = 0;

  /// Writes an event-stream comment if no waiting is needed. Call it only while no write is
  /// outstanding.
  virtual void write_comment_now(std::string_view) {}
};

}  // namespace portcullis::bff
