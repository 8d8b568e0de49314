#include "api/access_endpoints.hpp"

#include <algorithm>

#include "api/dialect.hpp"
#include "domain/offload.hpp"
#include "portcullis/limits.hpp"

namespace portcullis::bff {

namespace {

void answer(RequestContext& call, std::vector<bool> decisions, std::size_t due, bool single) {
  // A short-circuited reply denies the rest; the page gets an answer to each question.
  decisions.resize(due, false);
  call.exchange.respond(
      json_response(200, single ? write_single(!decisions.empty() && decisions[0],
                                               call.snapshot().settings.authzen.dialect)
                                : write_batch(decisions)));
}

/// Whether evaluating the text is cheap. The session is written into each object, so what counts is
/// the size after that.
bool is_short(std::string_view text) {
  constexpr std::size_t kWrittenIntoEach = 512;
  if (text.size() > kReadAtOnceBytes) return false;
  const auto objects = static_cast<std::size_t>(std::count(text.begin(), text.end(), '{'));
  return text.size() + objects * kWrittenIntoEach <= 4 * kReadAtOnceBytes;
}

}  // namespace

/// The session's request, or the answer if it is known without waiting.
struct AccessEndpoints::Asked {
  Code code = Code::kAllowed;
  std::string detail;
  PdpQuestion question;
  std::optional<PdpDecisions> decided;
};

AccessEndpoints::Asked AccessEndpoints::ask(const RequestContext& call, std::string_view text,
                                            bool batch) const {
  const SessionContext context{call.session().subject_id, call.tenant().id, call.from.ip,
                               std::string(call.exchange.request().first("user-agent"))};
  SessionRequest request = session_request(text, batch, context);
  Asked out;
  out.code = request.code;
  out.detail = std::move(request.detail);
  out.question = {std::move(request.body), request.evaluations, request.single, batch};
  if (out.code == Code::kAllowed) {
    out.decided = parts_.pdp.evaluate_now(call.snapshot(), call.tenant().id, call.session().roles,
                                          out.question);
  }
  return out;
}

boost::asio::awaitable<void> AccessEndpoints::evaluate(RequestContext& call, bool batch) {
  std::string text;
  if (!co_await read_json_text(call, limits::kMaxJsonBodyBytes, text)) co_return;
  Asked asked;
  if (is_short(text)) {
    asked = ask(call, text, batch);
  } else {
    auto done =
        co_await offload(parts_.blocking, heavy_turn(call), [&] { return ask(call, text, batch); });
    if (!done) co_return call.refuse(Code::kOverloaded, kTooManyBodies);
    asked = std::move(*done);
  }
  text = std::string();
  if (asked.code != Code::kAllowed) co_return call.refuse(asked.code, asked.detail);
  const std::size_t due = asked.question.evaluations;
  const bool single = asked.question.single;
  if (!asked.decided) {
    // Accounted for while the PDP works on it.
    const Code held = call.exchange.hold_body(asked.question.body.size());
    if (held != Code::kAllowed) co_return call.refuse(held, "no memory for the evaluations");
    asked.decided = co_await parts_.pdp.evaluate(
        call.snapshot(), call.client, std::move(asked.question), call.exchange.request_id());
  }
  PdpDecisions& said = *asked.decided;
  if (!said.note.empty()) call.note = said.note;
  if (said.code != Code::kAllowed) co_return call.refuse(said.code, said.detail);
  answer(call, std::move(said.decisions), due, single);
}

}  // namespace portcullis::bff
