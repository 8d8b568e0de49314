// A complete answer: status, header lines and a body in memory. The connection adds Date, framing,
// X-Request-ID and the security headers; do not set those here.
//
// Values are made safe here: bytes that could end a header line (CR, LF, NUL and other controls)
// become spaces, so that external text cannot add a header (response splitting).
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace portcullis::bff {

/// The reason phrase (RFC 9110, section 15), e.g. "Not Found". "Unknown" for statuses not used
/// here.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

/// Built with chained calls.
class Response {
 public:
  explicit Response(unsigned status = 200) : status_(status) {}

  [[nodiscard]] unsigned status() const noexcept { return status_; }

  /// Adds a header field.
  Response& header(std::string_view name, std::string_view value) &;
  Response&& header(std::string_view name, std::string_view value) && {
    return std::move(this->header(name, value));
  }

  /// Sets the body and its Content-Type.
  Response& body(std::string text, std::string_view content_type) &;
  Response&& body(std::string text, std::string_view content_type) && {
    return std::move(this->body(std::move(text), content_type));
  }
  /// The same with shared bytes: bundles, static files, documents sent for many requests.
  Response& body(std::shared_ptr<const std::string> bytes, std::string_view content_type) &;
  Response&& body(std::shared_ptr<const std::string> bytes, std::string_view content_type) && {
    return std::move(this->body(std::move(bytes), content_type));
  }

  /// Sends only `size` bytes from `offset` of the shared bytes; both must be in range.
  Response& slice(std::size_t offset, std::size_t size) & {
    slice_at_ = offset;
    slice_size_ = size;
    return *this;
  }

  /// Sets a Content-Security-Policy that replaces the default one.
  Response& policy(std::string_view value) & {
    own_csp_ = true;
    return header("Content-Security-Policy", value);
  }

  /// Adds Accept-Encoding to Vary.
  Response&& vary_accept_encoding() && {
    varies_ = true;
    return std::move(*this);
  }
  /// Closes the connection after this answer.
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

/// A JSON answer with Cache-Control: no-store.
[[nodiscard]] inline Response json_response(unsigned status, std::string body) {
  return Response(status)
      .header("Cache-Control", "no-store")
      .body(std::move(body), "application/json");
}

/// Appends "Name: value\r\n" with a safe value.
void append_header(std::string& lines, std::string_view name, std::string_view value);

}  // namespace portcullis::bff
