#include "http/problem.hpp"

#include "base/json_writer.hpp"
#include "http/navigation.hpp"
#include "http/problem_page.hpp"

namespace portcullis::bff {

namespace {

unsigned status_of(Code code) {
  const int status = info(code).http_status;
  return status == 0 ? 500U : static_cast<unsigned>(status);
}

std::string document(const Problem9457& problem, unsigned status) {
  std::string out;
  out.reserve(256);
  JsonObject object(out);
  object.text("type", "about:blank")
      .text("title", reason_phrase(status))
      .number("status", status)
      .text("code", name(problem.code))
      .text_if("detail", problem.detail);
  if (problem.plugin_id.empty()) {
    object.raw("plugin_id", "null");
  } else {
    object.text("plugin_id", problem.plugin_id);
  }
  object.text_if("tenant", problem.tenant)
      .text("request_id", problem.request_id)
      .text_if("explain", problem.explain);
  if (!problem.extra.empty()) out.append(",").append(problem.extra);
  object.close();
  return out;
}

}  // namespace

std::string problem_json(const Problem9457& problem) {
  return document(problem, status_of(problem.code));
}

Response problem_response(const Problem9457& problem, unsigned status, ProblemForm form) {
  if (status == 0) status = status_of(problem.code);
  Response response(status);
  response.header("Cache-Control", "no-store");
  // Both conditions are transient.
  if (problem.code == Code::kOverloaded || problem.code == Code::kBodyMemoryLimit) {
    response.header("Retry-After", "1");
  }
  const std::string_view marker = info(problem.code).header;
  if (!marker.empty()) response.header(marker, "1");
  if (status == 401) response.header("WWW-Authenticate", kChallenge);
  if (form == ProblemForm::kPage) {
    response.header("Vary", kPageFields).policy(kProblemPagePolicy);
    response.body(problem_page(problem, status), "text/html; charset=utf-8");
  } else {
    response.body(document(problem, status), "application/problem+json");
  }
  return response;
}

}  // namespace portcullis::bff
