// AuthZEN for pages: the session is the subject, whatever the body says. Asked of the embedded PDP
// or of the configured one; what does not answer as it should is never a permit.
#include <algorithm>

#include "handlers/handlers.hpp"
#include "pdp/dialect.hpp"
#include "pdp/embedded_pdp.hpp"
#include "pdp/pdp_client.hpp"
#include "portcullis/authzen.hpp"
#include "portcullis/limits.hpp"
#include "state/offload.hpp"

namespace portcullis::bff::handlers {

namespace {

void answer(Call& call, std::vector<bool> decisions, std::size_t due, bool single) {
  // A short-circuited reply leaves the rest denied; the page gets an answer to each question.
  decisions.resize(due, false);
  call.exchange.respond(
      json_response(200, single ? write_single(!decisions.empty() && decisions[0],
                                               call.snapshot().settings.authzen.dialect)
                                : write_batch(decisions)));
}

PdpAnswer ask_embedded(const Call& call, const SessionRequest& request, bool batch) {
  const Asker asker{call.tenant().id, &call.session().roles};
  const Policy& policy = *call.snapshot().policy;
  return batch && !request.single ? evaluate_batch(policy, request.body, asker)
                                  : evaluate(policy, request.body, asker);
}

/// The request as the session asks it, and the embedded PDP's answer where that is the one.
struct Asked {
  SessionRequest request;
  PdpAnswer embedded;
};

Asked ask(const Call& call, std::string_view text, bool batch) {
  const SessionContext context{call.session().subject_id, call.tenant().id, call.from.ip,
                               std::string(call.exchange.request().first("user-agent"))};
  Asked out;
  out.request = session_request(text, batch, context);
  if (out.request.code == Code::kAllowed && !call.snapshot().settings.authzen.pdp &&
      call.snapshot().settings.authzen.embedded()) {
    out.embedded = ask_embedded(call, out.request, batch);
  }
  return out;
}

/// Whether it is little work. The session is written into each object that asks, so that short ones
/// grow: counted is what they may become.
bool is_short(std::string_view text) {
  constexpr std::size_t kWrittenIntoEach = 512;
  if (text.size() > kReadAtOnceBytes) return false;
  const auto objects = static_cast<std::size_t>(std::count(text.begin(), text.end(), '{'));
  return text.size() + objects * kWrittenIntoEach <= 4 * kReadAtOnceBytes;
}

Awaitable ask_remote(Call& call, SessionRequest request) {
  // Held for as long as the PDP takes.
  if (const Code code = call.exchange.hold_body(request.body.size()); code != Code::kAllowed) {
    co_return call.refuse(code, "no memory for the evaluations");
  }
  const auto started = call.app.state.clock.steady();
  const PdpReply reply =
      co_await ask_pdp(call.client, *call.snapshot().settings.authzen.pdp,
                       request.single ? PdpCall::kEvaluation : PdpCall::kEvaluations,
                       std::move(request.body), call.exchange.request_id());
  const auto took = call.app.state.clock.steady() - started;
  Metrics& metrics = call.app.state.metrics;
  call.note = reply.detail;
  if (reply.code != Code::kAllowed) {
    metrics.pdp_request(reply.code == Code::kPdpTimeout ? "timeout" : "unavailable", took);
    co_return call.refuse(reply.code);
  }
  Code why = Code::kAllowed;
  std::vector<bool> decisions =
      apply_reply(request.evaluations, static_cast<int>(reply.status), reply.body, &why);
  if (why != Code::kAllowed) {
    metrics.pdp_request("unavailable", took);
    co_return call.refuse(Code::kPdpUnavailable, "the PDP did not answer as AuthZEN says");
  }
  metrics.pdp_request("ok", took);
  answer(call, std::move(decisions), request.evaluations, request.single);
}

}  // namespace

Awaitable evaluation(Call& call, bool batch) {
  std::string text;
  if (!co_await read_json_text(call, limits::kMaxJsonBodyBytes, text)) co_return;
  Asked asked;
  if (is_short(text)) {
    asked = ask(call, text, batch);
  } else {
    auto done = co_await offload(call.app.state.blocking, heavy_turn(call),
                                 [&] { return ask(call, text, batch); });
    if (!done) co_return call.refuse(Code::kOverloaded, kTooManyBodies);
    asked = std::move(*done);
  }
  text = std::string();
  SessionRequest& request = asked.request;
  if (request.code != Code::kAllowed) co_return call.refuse(request.code, request.detail);
  if (call.snapshot().settings.authzen.pdp) {
    co_await ask_remote(call, std::move(request));
  } else if (call.snapshot().settings.authzen.embedded()) {
    PdpAnswer& said = asked.embedded;
    if (said.status != 200) co_return call.refuse(said.code, said.detail);
    answer(call, std::move(said.decisions), request.evaluations, request.single);
  } else {
    // Configured, but its URL is none: closed, not embedded.
    call.refuse(Code::kPdpUnavailable);
  }
}

}  // namespace portcullis::bff::handlers
