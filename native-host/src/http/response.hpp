// A whole answer: status, header lines and a body in memory. The connection adds what every answer
// has: Date, framing, X-Request-ID and the security headers; set none of those here.
//
// Values are made safe here and nowhere else: a byte that could end a header line (CR, LF, NUL and
// other controls) is replaced by a space, so that no text from outside can add a header (response
// splitting).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// RFC 9110, 15: "Not Found". "Unknown" for what is not used here.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

class Response {
 public:
  explicit Response(unsigned status = 200) : status_(status) {}

  [[nodiscard]] unsigned status() const noexcept { return status_; }

  Response& header(std::string_view name, std::string_view value) &;
  Response&& header(std::string_view name, std::string_view value) && {
    return std::move(this->header(name, value));
  }

  Response& body(std::string text, std::string_view content_type) &;
  Response&& body(std::string text, std::string_view content_type) && {
    return std::move(this->body(std::move(text), content_type));
  }
  /// Shared bytes: bundles, static files, documents that many requests send.
  Response& body(std::shared_ptr<const std::string> bytes, std::string_view content_type) &;
  Response&& body(std::shared_ptr<const std::string> bytes, std::string_view content_type) && {
    return std::move(this->body(std::move(bytes), content_type));
  }

  /// Sends only `size` bytes from `offset` on of the shared bytes; both lie within them.
  Response& slice(std::size_t offset, std::size_t size) & {
    slice_at_ = offset;
    slice_size_ = size;
    return *this;
  }

  /// A Content-Security-Policy of its own, in place of the usual one.
  Response& policy(std::string_view value) & {
    own_csp_ = true;
    return header("Content-Security-Policy", value);
  }

  /// Another value of Vary, beside those of every answer.
  Response&& vary_accept_encoding() && {
    varies_ = true;
    return std::move(*this);
  }
  /// Ends the connection after this answer.
  Response&& close() && {
    close_ = true;
    return std::move(*this);
  }

  [[nodiscard]] std::string_view body() const noexcept {
    return shared_ ? std::string_view(*shared_).substr(slice_at_, slice_size_)
                   : std::string_view(owned_);
  }
  [[nodiscard]] const std::string& header_lines() const noexcept { return lines_; }
  [[nodiscard]] bool varies_by_encoding() const noexcept { return varies_; }
  [[nodiscard]] bool has_own_csp() const noexcept { return own_csp_; }
  [[nodiscard]] bool closes() const noexcept { return close_; }

 private:
  unsigned status_;
  bool varies_ = false;
  bool close_ = false;
  bool own_csp_ = false;
  std::string lines_;  // "Name: value\r\n"...
  std::string owned_;
  std::shared_ptr<const std::string> shared_;
  std::size_t slice_at_ = 0;
  std::size_t slice_size_ = std::string_view::npos;
};

[[nodiscard]] inline Response json_response(unsigned status, std::string body) {
  return Response(status)
      .header("Cache-Control", "no-store")
      .body(std::move(body), "application/json");
}

/// Appends "Name: value\r\n", the value made safe.
void append_header(std::string& lines, std::string_view name, std::string_view value);

}  // namespace portcullis::bff
