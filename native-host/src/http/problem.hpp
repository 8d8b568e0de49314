// Error answers: problem documents (RFC 9457). `type` is about:blank, so `title` is the status
// phrase (section 4.2.1); programs use `code`. The marker header of a code (X-Allowlist-Violation
// etc.) comes from spec/codes.json.
#pragma once

#include <string>
#include <string_view>

#include "http/response.hpp"
#include "portcullis/codes.hpp"

namespace portcullis::bff {

/// The challenge of a 401 (RFC 9110, section 11.6.1). Browsers do not prompt for an unknown scheme;
/// the page shows its own form.
inline constexpr std::string_view kChallenge = "Cookie realm=\"portcullis\"";

/// The content of a problem document. The views must outlive its use.
struct Problem9457 {
  Code code = Code::kInternal;
  std::string_view detail{};     ///< a sentence; omitted if empty
  std::string_view plugin_id{};  ///< null in the document if empty
  std::string_view tenant{};     ///< omitted if empty
  std::string_view request_id{};
  std::string_view explain{};  ///< for denials; omitted if empty
  std::string_view extra{};    ///< further members, e.g. `"problems":[...]`
};

/// The document as JSON.
[[nodiscard]] std::string problem_json(const Problem9457& problem);

/// The form of an error answer: for programs, or a page for people (problem_page.hpp).
enum class ProblemForm { kDocument, kPage };

/// Builds the answer with status and marker header. A non-zero `status` overrides the code's.
[[nodiscard]] Response problem_response(const Problem9457& problem, unsigned status = 0,
                                        ProblemForm form = ProblemForm::kDocument);

}  // namespace portcullis::bff
