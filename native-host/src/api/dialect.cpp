#include "api/dialect.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/strict_json.hpp"
#include "domain/config.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {
namespace {

using Json = nlohmann::json;

SessionRequest refuse(Code code, std::string detail) {
  SessionRequest request;
  request.code = code;
  request.detail = std::move(detail);
  return request;
}

/// A batch may have 4,096 contexts, each with the User-Agent, which at most doubles in JSON.
std::string start_of(std::string_view user_agent) {
  std::string out(user_agent.substr(0, kMaxUserAgentBytes));
  const auto is_unprintable = [](char c) { return c < 0x20 || c >= 0x7f; };
  std::replace_if(out.begin(), out.end(), is_unprintable, '?');
  return out;
}

/// Bytes beside the evaluations, times the number of evaluations: the PDP evaluates each with all
/// of it.
constexpr std::size_t kMaxDefaultsBytes = 64UL << 20U;

bool defaults_are_large(const Json& request, std::size_t evaluations) {
  std::size_t bytes = 0;
  for (const auto& [key, value] : request.items()) {
    if (key == "evaluations") continue;
    bytes += value.dump(-1, ' ', false, Json::error_handler_t::replace).size();
  }
  return bytes > kMaxDefaultsBytes / std::max<std::size_t>(evaluations, 1);
}

/// Replaces the session's parts of one object's `context`. False if it is present but not an
/// object.
bool stamp_context(Json& holder, const SessionContext& session, const Json& client) {
  Json& context = holder["context"];
  if (context.is_null()) context = Json::object();
  if (!context.is_object()) return false;
  context["client"] = client;
  context["tenant"] = session.tenant;
  return true;
}

}  // namespace

std::string write_single(bool decision, AuthzenDialect dialect) {
  if (dialect == AuthzenDialect::kSeeds) {
    return decision ? R"({"decision":"Permit"})" : R"({"decision":"Deny"})";
  }
  return decision ? R"({"decision":true})" : R"({"decision":false})";
}

std::string write_batch(const std::vector<bool>& decisions) {
  std::string evaluations;
  std::string words;
  for (const bool decision : decisions) {
    const char* comma = evaluations.empty() ? "" : ",";
    evaluations += comma;
    evaluations += write_single(decision, AuthzenDialect::kFinal);
    words += comma;
    words += write_single(decision, AuthzenDialect::kSeeds);
  }
  return "{\"evaluations\":[" + evaluations + "],\"decisions\":[" + words + "]}";
}

SessionRequest session_request(std::string_view body, bool batch, const SessionContext& session) {
  Json request;
  std::string why;
  const Code code =
      parse_strict_json(body, limits::kMaxJsonBodyBytes, limits::kMaxAuthzenDepth, request, &why);
  if (code != Code::kAllowed) return refuse(code, "the request cannot be read: " + why);
  if (!request.is_object()) return refuse(Code::kJsonWrongShape, "the request is not an object");

  const Json subject = {{"type", "account"}, {"id", session.subject_id}};
  const Json client = {{"ip", session.client_ip}, {"user_agent", start_of(session.user_agent)}};
  SessionRequest result;
  result.single = true;
  result.evaluations = 1;
  request["subject"] = subject;
  if (!stamp_context(request, session, client)) {
    return refuse(Code::kJsonWrongShape, "context must be an object");
  }
  const auto evaluations = request.find("evaluations");
  if (batch && evaluations != request.end()) {
    if (!evaluations->is_array()) {
      return refuse(Code::kJsonWrongShape, "evaluations must be an array");
    }
    if (evaluations->size() > limits::kMaxEvaluations) {
      return refuse(Code::kJsonTooLarge,
                    "more than " + std::to_string(limits::kMaxEvaluations) + " evaluations");
    }
    if (defaults_are_large(request, evaluations->size())) {
      return refuse(
          Code::kJsonTooLarge,
          "the members beside `evaluations` apply to each of them, which is too large for " +
              std::to_string(evaluations->size()) +
              " evaluations: move them into those that need them, or split the request");
    }
    for (Json& entry : *evaluations) {
      if (!entry.is_object()) {
        return refuse(Code::kJsonWrongShape, "an evaluation must be an object");
      }
      // Written into each evaluation instead of the defaults: a PDP that merges defaults
      // differently must not use another subject.
      entry["subject"] = subject;
      if (entry.contains("context") && !stamp_context(entry, session, client)) {
        return refuse(Code::kJsonWrongShape, "context must be an object");
      }
    }
    result.single = evaluations->empty();
    if (!evaluations->empty()) result.evaluations = evaluations->size();
  } else if (!batch) {
    request.erase("evaluations");
  }
  result.body = request.dump(-1, ' ', false, Json::error_handler_t::replace);
  return result;
}

}  // namespace portcullis::bff
