// Runs the order of judgement (judgement.hpp) for one request: read, gather, judge, claim.
//
// If all stores answer at once, advance() completes the judgement without a coroutine or an
// allocation. Otherwise it returns false, and finish() awaits the answers. Not thread-safe; one
// object per request, which stays where it is: what it passes to a store lives in it or in the
// request, so that even a store that copies nothing reads nothing that is gone.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <utility>
#include <variant>

#include "base/answer.hpp"
#include "enforce/judgement.hpp"
#include "enforce/operator_token.hpp"

namespace portcullis::bff {

/// The stores consulted for a request.
struct JudgeStores {
  SessionStore& sessions;
  PageKeys& page_keys;
  RateLimiter& rates;
  OperatorToken& operator_token;  ///< reads its file when a token is sent
};

/// The judgement of one request.
class Judging {
 public:
  /// `request` and the objects that `inputs` and `stores` refer to must outlive this.
  Judging(const Request& request, const JudgeInputs& inputs, const JudgeStores& stores)
      : request_(request), inputs_(inputs), stores_(stores) {}
  Judging(const Judging&) = delete;
  Judging& operator=(const Judging&) = delete;

  /// Judges as far as possible without waiting. Returns true if the judgement is complete.
  [[nodiscard]] bool advance();
  /// Awaits the answers that advance() stopped at. Throws what a store throws; the request then has
  /// no judgement and must be refused.
  [[nodiscard]] boost::asio::awaitable<void> finish();

  /// Returns the judgement; call it once, when complete. Its pointers live as long as the snapshot.
  [[nodiscard]] Judgement take() { return std::move(judgement_); }

 private:
  using Step = bool (Judging::*)();
  static const Step kSteps[];
  static const std::size_t kStepCount;

  // Each returns false if an answer must be awaited; the next step uses that answer.
  bool read();
  bool gather_session();
  bool gather_stamp();
  bool judge();
  bool claim_stamp();
  bool claim_rate();
  bool settle();

  /// Returns true with the value in `into`, or false with the answer in `waits_`.
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
  /// The answer that advance() stopped at.
  std::variant<std::monostate, Answer<SessionPtr>, Answer<StampCheck>, Answer<StampFault>,
               Answer<RateVerdict>>
      waits_;
};

}  // namespace portcullis::bff
