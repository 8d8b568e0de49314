#include "enforce/judging.hpp"

#include <array>
#include <iterator>

#include "enforce/stages.hpp"
#include "http/cookies.hpp"

namespace portcullis::bff {

namespace {

// The contract, in two parts. Each stage has a test that it takes precedence over all later ones.
constexpr std::array<enforce::ReadStage, 5> kReadOrder{enforce::canonical, enforce::tenant,
                                                       enforce::service_worker, enforce::method,
                                                       enforce::upgrade};
constexpr std::array<enforce::JudgeStage, 8> kJudgeOrder{
    enforce::session, enforce::csrf,          enforce::plugin_identity,
    enforce::stamp,   enforce::operator_role, enforce::admitted,
    enforce::rule,    enforce::route_exists};

}  // namespace

const Judging::Step Judging::kSteps[] = {
    &Judging::read,        &Judging::gather_session, &Judging::gather_stamp, &Judging::judge,
    &Judging::claim_stamp, &Judging::claim_rate,     &Judging::settle};
const std::size_t Judging::kStepCount = std::size(kSteps);

bool Judging::advance() {
  while (step_ < kStepCount) {
    if (!(this->*kSteps[step_++])()) return false;
  }
  return true;
}

boost::asio::awaitable<void> Judging::finish() {
  do {
    auto waits = std::exchange(waits_, std::monostate());
    if (auto* const session = std::get_if<Answer<SessionPtr>>(&waits)) {
      facts_.session = co_await std::move(*session).wait();
    } else if (auto* const stamp = std::get_if<Answer<StampCheck>>(&waits)) {
      facts_.stamp = co_await std::move(*stamp).wait();
    } else if (auto* const claimed = std::get_if<Answer<StampFault>>(&waits)) {
      claimed_ = co_await std::move(*claimed).wait();
    } else if (auto* const rate = std::get_if<Answer<RateVerdict>>(&waits)) {
      judgement_.rate = co_await std::move(*rate).wait();
    }
  } while (!advance());
}

bool Judging::read() {
  for (const enforce::ReadStage stage : kReadOrder) {
    judgement_.code = stage(request_, inputs_, judgement_);
    if (!judgement_.allowed()) break;
  }
  if (!judgement_.allowed()) step_ = kStepCount;
  return true;
}

bool Judging::gather_session() {
  const Needs& needs = judgement_.target.needs;
  facts_.plugin_id = enforce::named_plugin(request_, needs);
  // Scripts send the operator's token instead of a session. A wrong token ends the search for a
  // session.
  facts_.operator_claimed = needs.operator_role && request_.count("authorization") > 0;
  if (facts_.operator_claimed) {
    facts_.operator_token = stores_.operator_token.matches(enforce::bearer_token(request_));
    return true;
  }
  const auto id = session_cookie(request_);
  if (!id) return true;
  return receive(stores_.sessions.find(*id, judgement_.tenant->id), facts_.session);
}

bool Judging::gather_stamp() {
  facts_.shown = enforce::shown_stamp(request_, judgement_, facts_);
  if (!facts_.shown) return true;
  const StampedCall call{
      facts_.plugin_id.empty() ? kHostCaller : std::string_view(facts_.plugin_id), request_.method,
      judgement_.canonical};
  return receive(stores_.page_keys.check(*facts_.shown, *facts_.session, call), facts_.stamp);
}

bool Judging::judge() {
  for (const enforce::JudgeStage stage : kJudgeOrder) {
    judgement_.code = stage(request_, inputs_, facts_, judgement_);
    if (!judgement_.allowed()) break;
  }
  return true;
}

bool Judging::claim_stamp() {
  // Also for calls denied by a later stage: an accepted stamp is consumed.
  if (!judgement_.stamped) return true;
  return receive(stores_.page_keys.claim(facts_.stamp), claimed_);
}

bool Judging::claim_rate() {
  if (claimed_ != StampFault::kNone) {
    // Another request used the counter in the meantime. The stamp's stage precedes the later ones,
    // so their findings do not count.
    judgement_.stamped = false;
    judgement_.plugin = nullptr;
    judgement_.explain.clear();
    judgement_.code = enforce::refuse_stamp(judgement_, claimed_);
  }
  if (!judgement_.allowed() || judgement_.plugin == nullptr) return true;
  const Rate rate = judgement_.plugin->rate.value_or(inputs_.snapshot.settings.rate);
  return receive(stores_.rates.take(
                     judgement_.tenant->id, judgement_.plugin->id(), {rate.per_second, rate.burst},
                     judgement_.session ? std::string_view(judgement_.session->account())
                                        : std::string_view()),
                 judgement_.rate);
}

bool Judging::settle() {
  judgement_.rated = judgement_.rate.limited;
  if (!judgement_.rate.allowed) judgement_.code = Code::kRateLimited;
  return true;
}

}  // namespace portcullis::bff
