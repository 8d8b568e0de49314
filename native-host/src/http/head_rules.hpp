// Rules for request heads beyond the grammar: rejects what two servers could read differently (RFC
// 9112, sections 6.1, 6.3, 11.2), and determines the connection's framing:
//   - Transfer-Encoding with Content-Length, duplicated, other than exactly "chunked", or in
//     HTTP/1.0; Content-Length duplicated or not all digits;
//   - Host missing, duplicated, not a host name, or contradicting an absolute-form target;
//   - a coding besides chunked (501), an expectation besides 100-continue (417).
//
// The caller checks the grammar: head_parser.hpp with Beast, the tests with a second parser.
// Allocates only the host's normal form.
#pragma once

#include <string_view>

#include "http/request.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// kAllowed, or the reason to refuse a head with one sentence (static text).
struct HeadProblem {
  Code code = Code::kAllowed;
  std::string_view detail;
};

/// Checks one head, field by field.
class HeadRules {
 public:
  /// Clears `out`, which must outlive this. The caller sets method, target and version, as
  /// received, before the first field().
  explicit HeadRules(Request& out);

  /// Appends the field and applies its effect on the connection. Constant time, except for lists.
  [[nodiscard]] HeadProblem field(const HeaderField& field);
  /// Call it after the last field: determines keep-alive and host, and reduces an absolute-form
  /// target to its path. Without `need_host` an absent or malformed Host is accepted.
  [[nodiscard]] HeadProblem finish(bool need_host);

 private:
  HeadProblem host(std::string_view value);
  HeadProblem expect(std::string_view value);
  HeadProblem connection(std::string_view value);
  HeadProblem content_length(std::string_view value);
  HeadProblem transfer_encoding(std::string_view value);

  Request& out_;
  bool has_host_ = false;
  bool close_ = false;
  bool keep_ = false;
};

/// The problem of a head that violates the grammar.
inline constexpr HeadProblem kMalformedHead{Code::kBadRequest, "the head is malformed"};

/// The problem of a request target with an invalid character. If a version follows, the canonical
/// path's more specific reason is used. `rest`: the head from the target on.
[[nodiscard]] HeadProblem malformed_target(std::string_view rest);

/// The problem of a request line's version: 505 if well-formed but not 1.0 or 1.1. `rest`: the head
/// from the version on.
[[nodiscard]] HeadProblem malformed_version(std::string_view rest) noexcept;

}  // namespace portcullis::bff
