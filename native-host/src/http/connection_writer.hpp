// The answers of one connection: head, framing and body, handed to the kernel with one system call
// where it takes them.
//
// Decides what an answer's head says beside the handler's lines (Date, X-Request-ID, the security
// headers, framing), how the body is framed (RFC 9112, 6 and 7.1), and where bytes wait that the
// kernel does not take. Does not decide when the connection ends: it says that it must
// (Sent::kFailed, an error_code, keeps_alive()), and its owner closes the socket.
//
// Back-pressure: the awaited calls complete when the kernel has all of the bytes. The ..._now calls
// never wait; what the kernel does not take of theirs is copied, and the next awaited call sends it
// first. A kept answer's large body is not copied. One awaited call at a time.
//
// connection_writer.cpp sends bytes, connection_writer_head.cpp makes heads. Belongs to the thread
// of its Worker. Allocates only for what the kernel does not take, and for the head of a stream.
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

/// What an answer depends on of its request.
struct AnswerTo {
  std::string_view request_id;  ///< outlives the answer
  bool is_head = false;         ///< HEAD: the head of a GET, and no body
  bool http10 = false;          ///< a client that does not know chunks
  bool keep_alive = false;      ///< the client wants to send a further request
};

class ConnectionWriter {
 public:
  /// What became of bytes that were handed over without waiting.
  enum class Sent : std::uint8_t {
    kAll,
    kSome,    ///< the rest is kept for the next awaited call
    kFailed,  ///< the connection is broken, or the message cannot be completed: close it
  };

  /// `stalled`: is watched for Timeouts::write while an awaited call waits for the kernel; its
  /// on_deadline() closes `socket`, which ends the call. All three outlive this.
  ConnectionWriter(Worker& worker, ReadySocket& socket, Watched& stalled)
      : worker_(worker), socket_(socket), stalled_(stalled) {}
  ConnectionWriter(const ConnectionWriter&) = delete;
  ConnectionWriter& operator=(const ConnectionWriter&) = delete;

  /// Forgets the answer before, and expects the one to this request.
  void start(const AnswerTo& to);
  /// Frees what the answer held: the Response and the security headers' owner.
  void end();

  // --- before the answer begins

  /// Security headers of this answer; both live until it has begun.
  void set_headers(const SecurityHeaders& headers, std::shared_ptr<const void> owner);
  /// Further lines of its head, each with its line end.
  void add_header_lines(std::string_view lines) { extra_lines_ = lines; }
  /// This answer is the connection's last. Its head says so if it is not written yet.
  void close_after() noexcept { keep_alive_ = false; }

  // --- a whole answer

  /// Keeps it for write_response(). A later one replaces it.
  void respond(Response response) { response_.emplace(std::move(response)); }
  [[nodiscard]] bool has_response() const noexcept { return response_.has_value(); }
  /// Writes the kept answer. kSome: finish() sends the rest.
  [[nodiscard]] Sent write_response();

  // --- a streamed answer

  /// The head of a stream, whose length is not known. Forgets the security headers.
  [[nodiscard]] asio::awaitable<error_code> begin(StreamHead head);
  /// The head of a proxied answer, and `first` of its body; ClientSide has the contract of both.
  [[nodiscard]] std::optional<error_code> begin_response_now(ResponseHead& head,
                                                             asio::const_buffer first);
  [[nodiscard]] asio::awaitable<error_code> begin_response(ResponseHead head,
                                                           asio::const_buffer first);

  /// Frames `bytes` and writes what the kernel takes: true if that was all. False: write() with the
  /// same bytes goes on.
  [[nodiscard]] bool write_now(std::string_view bytes);
  /// The same for bytes that are framed: `chunk` is `plain` as one chunk.
  [[nodiscard]] bool write_event_now(std::string_view plain, std::string_view chunk);
  /// Writes a comment of an event stream, unless something waits or the answer is over.
  void write_comment_now(std::string_view comment);
  /// Sends what waits; with nothing waiting, `bytes`.
  [[nodiscard]] asio::awaitable<error_code> write(std::string_view bytes);
  /// Sends what waits (a comment), and then `bytes`.
  [[nodiscard]] asio::awaitable<error_code> write_some(std::string_view bytes);

  /// Completes the message. kSome: finish() has to. kFailed also when a part of the last chunk is
  /// written, since the message must not look whole.
  [[nodiscard]] Sent finish_now();
  /// Sends what waits, and completes the message. Does nothing for one that is complete.
  [[nodiscard]] asio::awaitable<error_code> finish();

  // --- beside the answer

  /// Sends these bytes as they are, before an answer has begun; they outlive the call.
  [[nodiscard]] asio::awaitable<error_code> send_interim(std::string_view bytes);
  /// The same in place of an answer, which counts as begun then.
  [[nodiscard]] asio::awaitable<error_code> send_raw(std::string_view bytes);

  // --- what became of it

  [[nodiscard]] bool keeps_alive() const noexcept { return keep_alive_; }
  [[nodiscard]] bool started() const noexcept { return started_; }    ///< the head is written
  [[nodiscard]] bool finished() const noexcept { return finished_; }  ///< the kernel has it all
  [[nodiscard]] unsigned status() const noexcept { return status_; }  ///< 0: no answer yet
  /// Bytes that the kernel took since start(), heads included.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_out_; }

  /// A hint: write_event_now() comes soon.
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
  std::string_view unsent_body_;  // of response_, behind unsent_: never copied
  std::uint64_t bytes_out_ = 0;
  unsigned status_ = 0;
  bool keep_alive_ = false;
  bool started_ = false;
  bool finished_ = false;
  bool chunked_ = false;
};

}  // namespace portcullis::bff
