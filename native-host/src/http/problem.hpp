// Errors on the wire: problem documents (RFC 9457). `type` is about:blank, so `title` is the
// status' phrase (4.2.1); what a program branches on is `code`.
//
// The marker header of a code (X-Allowlist-Violation and the like) comes from spec/codes.json.
#pragma once

#include <string>
#include <string_view>

#include "http/response.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

struct Problem9457 {
  Code code = Code::kInternal;
  std::string_view detail{};     ///< a sentence; empty: left out
  std::string_view plugin_id{};  ///< empty: null in the document
  std::string_view tenant{};     ///< empty: left out
  std::string_view request_id{};
  std::string_view explain{};  ///< of a denial; empty: left out
  std::string_view extra{};    ///< further members: `"problems":[...]`; empty: none
};

[[nodiscard]] std::string problem_json(const Problem9457& problem);

/// The document with its status and marker header. `status` overrides the code's.
[[nodiscard]] Response problem_response(const Problem9457& problem, unsigned status = 0);

}  // namespace portcullis::bff
