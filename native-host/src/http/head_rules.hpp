// What a gateway refuses of a request head whose grammar is correct, because two servers could read
// it differently (RFC 9112, 6.1, 6.3, 11.2), and what the connection itself has to know of it:
//   - Transfer-Encoding together with Content-Length, twice, other than exactly "chunked", or in
//     HTTP/1.0; Content-Length twice, or other than digits;
//   - no Host, two, one that is not a host name, one that contradicts an absolute-form target;
//   - a coding besides chunked (501), an expectation besides 100-continue (417).
//
// The grammar is the caller's: head_parser.hpp reads it with Beast, and the tests with a second
// reader. Allocates nothing but the host's normal form.
#pragma once

#include <string_view>

#include "http/request.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// kAllowed, or the reason to refuse a head and one sentence about it (static text).
struct HeadProblem {
  Code code = Code::kAllowed;
  std::string_view detail;
};

class HeadRules {
 public:
  /// Clears `out`, which outlives this. The caller sets its method, target and version, all as
  /// received, before the first field().
  explicit HeadRules(Request& out);

  /// Appends the field, and sets what it means for the connection. Constant time, but for lists.
  [[nodiscard]] HeadProblem field(const HeaderField& field);
  /// After the last field: whether the connection stays, the host, and an absolute-form target,
  /// which becomes its path. Without `need_host` an absent or malformed Host passes.
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

/// The problem of a head that does not match the grammar.
inline constexpr HeadProblem kMalformedHead{Code::kBadRequest, "the head is malformed"};

/// The problem of a request target with a character that none may have. If a version follows it,
/// the reason is the canonical path's, which says more. `rest`: the head from the target on.
[[nodiscard]] HeadProblem malformed_target(std::string_view rest);

/// The problem of a request line's version: 505 for a well-formed one other than 1.0 and 1.1.
/// `rest`: the head from the version on.
[[nodiscard]] HeadProblem malformed_version(std::string_view rest) noexcept;

}  // namespace portcullis::bff
