// The sending half of a connection: head, framing and body of answers, with one system call if the
// kernel takes all.
//
// Decides the server's own header lines (Date, X-Request-ID, security headers, framing), the body's
// framing (RFC 9112, sections 6 and 7.1) and where unsent bytes wait. It reports that a connection
// must end (Sent::kFailed, an error_code, keeps_alive()); its owner closes the socket.
//
// Back-pressure: awaited calls complete when the kernel has all bytes. The ..._now calls never
// wait; bytes that the kernel does not take are copied, and the next awaited call sends them first.
// A kept answer's large body is not copied. One awaited call at a time.
//
// connection_writer_head.cpp builds heads. Belongs to the thread of its Worker. Allocates only for
// bytes the kernel does not take, and for a stream's head.
#pragma once

#include <sys/uio.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/asio.hpp"
#include "http/client_side.hpp"
#include "http/exchange.hpp"
#include "http/ready_socket.hpp"
#include "http/response.hpp"
#include "http/security_headers.hpp"
#include "http/worker.hpp"

namespace portcullis::bff {

/// The properties of a request that its answer depends on.
struct AnswerTo {
  std::string_view request_id;  ///< must outlive the answer
  bool is_head = false;         ///< HEAD: send the head of a GET without a body
  bool http10 = false;          ///< the client does not support chunks
  bool keep_alive = false;      ///< the client may send another request
};

/// Writes to one client.
class ConnectionWriter {
 public:
  /// The result of a write that does not wait.
  enum class Sent : std::uint8_t {
    kAll,
    kSome,    ///< the rest is kept for the next awaited call
    kFailed,  ///< broken, or the message cannot be completed: close the connection
  };

  /// `stalled` is watched for Timeouts::write while an awaited call waits for the kernel; its
  /// on_deadline() closes `socket`, which ends the call. All three must outlive this.
  ConnectionWriter(Worker& worker, ReadySocket& socket, Watched& stalled)
      : worker_(worker), socket_(socket), stalled_(stalled) {}
  ConnectionWriter(const ConnectionWriter&) = delete;
  ConnectionWriter& operator=(const ConnectionWriter&) = delete;

  /// Resets the writer for the answer to this request.
  void start(const AnswerTo& to);
  /// Frees the Response and the security headers' owner.
  void end();

  // --- before the answer begins

  /// Sets the security headers of this answer; both arguments must live until it has begun.
  void set_headers(const SecurityHeaders& headers, std::shared_ptr<const void> owner);
  /// Adds header lines, each with its line end.
  void add_header_lines(std::string_view lines) { extra_lines_ = lines; }
  /// Makes this the connection's last answer. Its head says so if not yet written.
  void close_after() noexcept { keep_alive_ = false; }

  // --- a complete answer

  /// Keeps the answer for write_response(). A later one replaces it.
  void respond(Response response) { response_.emplace(std::move(response)); }
  /// Whether an answer is kept.
  [[nodiscard]] bool has_response() const noexcept { return response_.has_value(); }
  /// Writes the kept answer. On kSome, finish() sends the rest.
  [[nodiscard]] Sent write_response();

  // --- a streamed answer

  /// Writes the head of a stream of unknown length. Forgets the security headers.
  [[nodiscard]] asio::awaitable<error_code> begin(StreamHead head);
  /// Write the head of a proxied answer with `first` of its body; see ClientSide.
  [[nodiscard]] std::optional<error_code> begin_response_now(ResponseHead& head,
                                                             asio::const_buffer first);
  [[nodiscard]] asio::awaitable<error_code> begin_response(ResponseHead head,
                                                           asio::const_buffer first);

  /// Frames `bytes` and writes what the kernel takes. Returns true if that was all; otherwise
  /// write() with the same bytes continues.
  [[nodiscard]] bool write_now(std::string_view bytes);
  /// Like write_now(), for framed bytes: `chunk` is `plain` as one chunk.
  [[nodiscard]] bool write_event_now(std::string_view plain, std::string_view chunk);
  /// Writes an event-stream comment, unless bytes are waiting or the answer is finished.
  void write_comment_now(std::string_view comment);
  /// Sends the waiting bytes or, if there are none, `bytes`.
  [[nodiscard]] asio::awaitable<error_code> write(std::string_view bytes);
  /// Sends the waiting bytes (a comment), then `bytes`.
  [[nodiscard]] asio::awaitable<error_code> write_some(std::string_view bytes);

  /// Completes the message. On kSome, finish() must. Returns kFailed also if the last chunk was
  /// written in part, because the message must not look complete.
  [[nodiscard]] Sent finish_now();
  /// Sends the waiting bytes and completes the message. No effect on a complete one.
  [[nodiscard]] asio::awaitable<error_code> finish();

  // --- outside of an answer

  /// Sends an interim answer as far as the kernel has room. Never waits, because the answer may be
  /// written while the body is read. kSome: nothing, or a part; call again with the same bytes, or
  /// else the answer's head follows the rest of that part. No effect once the answer has begun.
  [[nodiscard]] Sent send_interim_now(std::string_view bytes);
  /// Sends bytes unframed in place of an answer, which then counts as begun.
  [[nodiscard]] asio::awaitable<error_code> send_raw(std::string_view bytes);

  // --- state

  /// Whether another request may follow.
  [[nodiscard]] bool keeps_alive() const noexcept { return keep_alive_; }
  [[nodiscard]] bool started() const noexcept { return started_; }    ///< the head is written
  [[nodiscard]] bool finished() const noexcept { return finished_; }  ///< the kernel has all bytes
  [[nodiscard]] unsigned status() const noexcept { return status_; }  ///< 0: no answer yet
  /// Bytes taken by the kernel since start(), including heads.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_out_; }

  /// A hint that write_event_now() follows soon.
  void fetch_ahead() const noexcept {
    __builtin_prefetch(&unsent_, 1);
    __builtin_prefetch(&bytes_out_, 1);
  }

 private:
  using Pieces = std::array<iovec, 4>;
  static iovec piece(std::string_view bytes) noexcept {
    return {const_cast<char*>(bytes.data()), bytes.size()};
  }

  // connection_writer_head.cpp
  void append_head(std::string& out, unsigned status, std::string_view lines, bool own_csp,
                   bool own_vary, bool vary_encoding);
  void append_framing(std::string& out, std::optional<std::uint64_t> length, bool has_body);

  [[nodiscard]] bool waits() const noexcept { return !unsent_.empty() || !unsent_body_.empty(); }
  Sent send_now(Pieces& pieces);
  asio::awaitable<error_code> send_all(Pieces pieces);
  /// Begins `head` with what is left of an interim answer.
  void begin_head(std::string& head);
  asio::awaitable<error_code> send_unsent();
  asio::awaitable<error_code> write_behind_unsent(std::string_view bytes);
  void keep_unsent(const Pieces& pieces);
  [[nodiscard]] Pieces unsent() const;
  void forget_unsent();
  Pieces framed(std::string_view bytes, std::string& frame) const;

  Worker& worker_;
  ReadySocket& socket_;
  Watched& stalled_;
  AnswerTo to_;
  std::optional<Response> response_;
  const SecurityHeaders* headers_ = nullptr;
  std::shared_ptr<const void> headers_owner_;
  std::string extra_lines_;
  std::string unsent_;
  std::string_view unsent_body_;  // of response_, after unsent_: never copied
  std::uint64_t bytes_out_ = 0;
  unsigned status_ = 0;
  bool keep_alive_ = false;
  bool started_ = false;
  bool finished_ = false;
  bool chunked_ = false;
};

}  // namespace portcullis::bff
