// The result of asking a store: at hand, or still to be awaited.
//
// A store that keeps everything in memory answers at once and costs no coroutine and no allocation;
// one behind a network gives an awaitable. Callers on the request path look at at_hand() first and
// suspend only where they have to.
//
// A store that cannot answer throws from wait(); it never throws for a value that is at hand. The
// request then fails (500): a missing fact never lets a call through.
//
// What is passed by view or reference is valid during the call only: a store copies what it needs
// before it returns an answer that has to be awaited.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <utility>
#include <variant>

namespace portcullis::bff {

template <class T>
class [[nodiscard]] Answer {
 public:
  /// At hand.
  Answer(T value) : state_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  /// To be awaited, on the thread that asked.
  Answer(boost::asio::awaitable<T> later)  // NOLINT(google-explicit-constructor)
      : state_(std::move(later)) {}

  [[nodiscard]] bool at_hand() const noexcept { return state_.index() == 0; }
  /// The value. Only when at_hand(); once.
  [[nodiscard]] T now() && { return std::move(*std::get_if<0>(&state_)); }
  /// The value, whenever it comes. Once.
  [[nodiscard]] boost::asio::awaitable<T> wait() && {
    return at_hand() ? at_once(std::move(*std::get_if<0>(&state_)))
                     : std::move(*std::get_if<1>(&state_));
  }

 private:
  static boost::asio::awaitable<T> at_once(T value) { co_return std::move(value); }

  std::variant<T, boost::asio::awaitable<T>> state_;
};

}  // namespace portcullis::bff
