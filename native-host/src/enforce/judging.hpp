// One request on its way through the order of judgement (judgement.hpp): read, gather, judge,
// claim.
//
// Where every store has its answer at hand, advance() does all of it in one go, without a coroutine
// or an allocation. Where one has to be awaited, advance() returns false and finish() awaits it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <utility>
#include <variant>

#include "base/answer.hpp"
#include "enforce/judgement.hpp"
#include "enforce/operator_token.hpp"

namespace portcullis::bff {

/// The stores that are asked about a request.
struct JudgeStores {
  SessionStore& sessions;
  PageKeys& page_keys;
  RateLimiter& rates;
  OperatorToken& operator_token;  ///< reads its file when a token is shown
};

class Judging {
 public:
  /// `request`, and what `inputs` and `stores` refer to, outlive this.
  Judging(const Request& request, const JudgeInputs& inputs, const JudgeStores& stores)
      : request_(request), inputs_(inputs), stores_(stores) {}

  /// Goes as far as answers are at hand. True: the judgement is complete.
  [[nodiscard]] bool advance();
  /// Awaits the answers that advance() stopped at. Throws what a store throws: the request then has
  /// no judgement, and must be refused.
  [[nodiscard]] boost::asio::awaitable<void> finish();

  /// The judgement; once, when complete. Its pointers live as long as the snapshot.
  [[nodiscard]] Judgement take() { return std::move(judgement_); }

 private:
  using Step = bool (Judging::*)();
  static const Step kSteps[];
  static const std::size_t kStepCount;

  // Each returns false when an answer has to be awaited; what it is for is then done by the next.
  bool read();
  bool gather_session();
  bool gather_stamp();
  bool judge();
  bool claim_stamp();
  bool claim_rate();
  bool settle();

  /// True with the value in `into`, or false with the answer in `waits_`.
  template <class T>
  bool receive(Answer<T> answer, T& into) {
    if (!answer.at_hand()) {
      waits_ = std::move(answer);
      return false;
    }
    into = std::move(answer).now();
    return true;
  }

  const Request& request_;
  const JudgeInputs inputs_;
  const JudgeStores stores_;
  Judgement judgement_;
  Facts facts_;
  StampFault claimed_ = StampFault::kNone;
  std::size_t step_ = 0;
  /// What advance() stopped at.
  std::variant<std::monostate, Answer<SessionPtr>, Answer<StampCheck>, Answer<StampFault>,
               Answer<RateVerdict>>
      waits_;
};

}  // namespace portcullis::bff
