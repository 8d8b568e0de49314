// One request and its answer, as handlers see them. The connection implements it; nothing here
// needs Beast.
//
// A handler does one of two things, once:
//   - respond(): hands over a whole answer; it is written after the handler returned;
//   - begin() ... write() ... finish(): streams.
// What it does not answer is answered 500. After an error of begin/write/finish there is nobody to
// answer any more: return.
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
  std::string header_lines;  ///< append_header() makes them
};

class Exchange {
 public:
  using error_code = boost::system::error_code;
  virtual ~Exchange() = default;

  [[nodiscard]] virtual const Request& request() const = 0;
  [[nodiscard]] virtual const std::string& request_id() const = 0;
  /// The address at the other end of the socket, proxies not seen through.
  [[nodiscard]] virtual std::string_view peer() const = 0;
  [[nodiscard]] virtual boost::asio::any_io_executor executor() = 0;

  /// Which security headers the answer carries. They and `owner` live until it is written.
  virtual void set_headers(const SecurityHeaders& headers, std::shared_ptr<const void> owner) = 0;

  /// Further header lines (each with its line end) for the answer, whatever kind it is.
  virtual void add_header_lines(std::string_view lines) = 0;

  // --- the body

  /// What the body may take of memory; forgotten at the exchange's end. Without one there is no
  /// bound but the caller's limit.
  virtual void allow_body(std::unique_ptr<BodyAllowance> allowance) = 0;
  /// What became of the body takes this much memory from now on. kAllowed, or why it cannot.
  [[nodiscard]] virtual Code hold_body(std::size_t bytes) = 0;
  /// The whole body. BODY_TOO_LARGE over `limit`, BAD_REQUEST when it is malformed or breaks off,
  /// REQUEST_TIMEOUT when it is too slow, what the allowance says when it gives no more; the
  /// connection ends after the answer, then. ALLOWED otherwise.
  [[nodiscard]] virtual boost::asio::awaitable<Code> read_body(std::string& into,
                                                               std::size_t limit) = 0;

  // --- a whole answer

  virtual void respond(Response response) = 0;

  // --- a streamed answer

  [[nodiscard]] virtual boost::asio::awaitable<error_code> begin(StreamHead head) = 0;
  /// Writes now what the kernel takes without waiting: true when that was everything. False: call
  /// write() with the same bytes, which goes on where this stopped.
  [[nodiscard]] virtual bool write_now(std::string_view bytes) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<error_code> write(std::string_view bytes) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<error_code> finish() = 0;
  /// Breaks the connection off, so that what was sent cannot be taken for a complete answer.
  virtual void abort() = 0;
  /// Writes these bytes as they are, in place of an answer, then breaks off. For lab faults.
  [[nodiscard]] virtual boost::asio::awaitable<void> send_raw_and_abort(std::string bytes) = 0;

  /// Frees the request's memory; request() is empty afterwards. For streams, which live long.
  virtual void forget_request() = 0;
  /// `then` runs once when the client closes its side or the connection breaks, and never after the
  /// handler has returned. Empty: forgets the one before. Not with client_side() in use.
  virtual void on_peer_closed(std::function<void()> then) = 0;
  [[nodiscard]] virtual bool peer_closed() const = 0;

  /// A place for what the service knows about this exchange; empty at its start.
  [[nodiscard]] virtual std::shared_ptr<void>& attachment() = 0;

  // --- what became of it

  [[nodiscard]] virtual bool started() const = 0;   ///< the head is written
  [[nodiscard]] virtual bool draining() const = 0;  ///< the server is shutting down
  /// The half of a proxied exchange that the reverse proxy needs.
  [[nodiscard]] virtual ClientSide& client_side() = 0;

  // --- a streamed answer that waits for long

  /// write_now() of what is framed already: `chunk` is `plain` as one chunk. For one event that
  /// goes to thousands.
  [[nodiscard]] virtual bool write_event_now(std::string_view plain, std::string_view chunk) = 0;
  /// A hint: write_event_now() comes soon.
  virtual void fetch_ahead() const noexcept {}
  /// Lets the handler return while its answer goes on: nothing waits but what the attachment holds,
  /// which calls write_event_now(), and on_peer_closed(), which runs at abort(), too. It costs a
  /// stream its coroutines while there is nothing for them to do.
  virtual void park() = 0;
  /// Ends park(): soon, `rest` goes on where the handler stopped. It may park again.
  virtual void resume(boost::asio::awaitable<void> rest) = 0;
};

}  // namespace portcullis::bff
