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

/// What a 401 has to name (RFC 9110, 11.6.1): signing in gives a cookie. A scheme that browsers do
/// not know prompts nobody; the page shows its own form.
inline constexpr std::string_view kChallenge = "Cookie realm=\"portcullis\"";

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

/// What the answer is for: a program, or a person who looks at it (problem_page.hpp).
enum class ProblemForm { kDocument, kPage };

/// The document with its status and marker header. `status` overrides the code's.
[[nodiscard]] Response problem_response(const Problem9457& problem, unsigned status = 0,
                                        ProblemForm form = ProblemForm::kDocument);

}  // namespace portcullis::bff
