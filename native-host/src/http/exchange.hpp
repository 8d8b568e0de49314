// One request and its answer, as handlers see them. The connection implements it.
//
// A handler does one of the following, once:
//   - respond() with a complete answer, which is written after the handler has returned;
//   - begin() ... write() ... finish(), to stream.
// Without either, the answer is 500. After an error of begin(), write() or finish() the client is
// gone: return.
//
// Everything runs on the thread of one io_context.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/body_allowance.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/security_headers.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

class ClientSide;

/// The head of a streamed answer.
struct StreamHead {
  unsigned status = 200;
  std::string header_lines;  ///< made by append_header()
};

/// One exchange.
class Exchange {
 public:
  using error_code = boost::system::error_code;
  virtual ~Exchange() = default;

  /// The request; empty after forget_request().
  [[nodiscard]] virtual const Request& request() const = 0;
  /// The request id, as logged and sent in X-Request-ID.
  [[nodiscard]] virtual const std::string& request_id() const = 0;
  /// The address of the socket's other end, which may be a proxy.
  [[nodiscard]] virtual std::string_view peer() const = 0;
  /// The executor of the connection's thread.
  [[nodiscard]] virtual boost::asio::any_io_executor executor() = 0;

  /// Sets the security headers of the answer; both arguments must live until it is written.
  virtual void set_headers(const SecurityHeaders& headers, std::shared_ptr<const void> owner) = 0;

  /// Adds header lines, each with its line end, to any kind of answer.
  virtual void add_header_lines(std::string_view lines) = 0;

  // --- the body

  /// Sets the memory allowance of the body; dropped at the end of the exchange. Without one, only
  /// the limit of read_body() applies.
  virtual void allow_body(std::unique_ptr<BodyAllowance> allowance) = 0;
  /// Changes the memory counted for the body's representation, in bytes. Returns kAllowed, or why
  /// it is refused.
  [[nodiscard]] virtual Code hold_body(std::size_t bytes) = 0;
  /// Reads the whole body. Returns ALLOWED, BODY_TOO_LARGE above `limit` bytes, BAD_REQUEST if
  /// malformed or incomplete, REQUEST_TIMEOUT if too slow, or the allowance's refusal. On failure
  /// the connection ends after the answer.
  [[nodiscard]] virtual boost::asio::awaitable<Code> read_body(std::string& into,
                                                               std::size_t limit) = 0;

  // --- a complete answer

  /// Sets the answer. A later call replaces it.
  virtual void respond(Response response) = 0;

  // --- a streamed answer

  /// Writes the head of a stream.
  [[nodiscard]] virtual boost::asio::awaitable<error_code> begin(StreamHead head) = 0;
  /// Writes what the kernel takes without waiting. Returns true if that was everything; otherwise
  /// call write() with the same bytes, which continues.
  [[nodiscard]] virtual bool write_now(std::string_view bytes) = 0;
  /// Writes all bytes.
  [[nodiscard]] virtual boost::asio::awaitable<error_code> write(std::string_view bytes) = 0;
  /// Completes the stream.
  [[nodiscard]] virtual boost::asio::awaitable<error_code> finish() = 0;
  /// Ends the connection, so that the bytes sent do not look like a complete answer.
  virtual void abort() = 0;
  /// Writes bytes unframed in place of an answer, then aborts. For lab faults.
  [[nodiscard]] virtual boost::asio::awaitable<void> send_raw_and_abort(std::string bytes) = 0;

  /// Frees the request's memory; request() is empty afterwards. For long-lived streams.
  virtual void forget_request() = 0;
  /// `then` runs once when the client closes its side or the connection breaks, and never after the
  /// handler has returned. Empty: removes the previous one. Must not be used together with
  /// client_side().
  virtual void on_peer_closed(std::function<void()> then) = 0;
  /// Whether the client is known to be gone.
  [[nodiscard]] virtual bool peer_closed() const = 0;

  /// Per-exchange data of the service; empty at first.
  [[nodiscard]] virtual std::shared_ptr<void>& attachment() = 0;

  // --- state

  [[nodiscard]] virtual bool started() const = 0;   ///< the head is written
  [[nodiscard]] virtual bool draining() const = 0;  ///< the server is shutting down
  /// The interface for the reverse proxy.
  [[nodiscard]] virtual ClientSide& client_side() = 0;

  // --- long-lived streams

  /// Like write_now(), for framed bytes: `chunk` is `plain` as one chunk. For an event sent to
  /// thousands.
  [[nodiscard]] virtual bool write_event_now(std::string_view plain, std::string_view chunk) = 0;
  /// A hint that write_event_now() follows soon.
  virtual void fetch_ahead() const noexcept {}
  /// Lets the handler return while its answer continues, so that an idle stream needs no coroutine.
  /// The attachment then drives it by write_event_now() and on_peer_closed(), which also runs at
  /// abort().
  virtual void park() = 0;
  /// Ends park(): `rest` soon continues where the handler stopped. It may park again.
  virtual void resume(boost::asio::awaitable<void> rest) = 0;
};

}  // namespace portcullis::bff
