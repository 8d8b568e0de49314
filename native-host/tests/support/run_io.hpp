// Runs one coroutine on an io_context until it ends; pending timers of others do not delay the
// test. Throws after a time that only a hang reaches.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

namespace portcullis::bff::testing {

/// Runs the context until `done` returns true.
inline void run_until(boost::asio::io_context& context, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    context.restart();
    context.run_one_for(std::chrono::milliseconds(100));
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the test hangs");
  }
}

template <typename T>
T run(boost::asio::io_context& context, boost::asio::awaitable<T> work) {
  std::optional<T> result;
  std::exception_ptr thrown;
  boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, T value) {
    thrown = error;
    result.emplace(std::move(value));
  });
  run_until(context, [&] { return result.has_value(); });
  if (thrown) std::rethrow_exception(thrown);
  return std::move(*result);
}

inline void run(boost::asio::io_context& context, boost::asio::awaitable<void> work) {
  bool done = false;
  std::exception_ptr thrown;
  boost::asio::co_spawn(context, std::move(work), [&](std::exception_ptr error) {
    thrown = error;
    done = true;
  });
  run_until(context, [&] { return done; });
  if (thrown) std::rethrow_exception(thrown);
}

/// Runs all ready handlers.
inline void drain(boost::asio::io_context& context) {
  context.restart();
  context.poll();
}

/// Lets other coroutines of the context run first.
inline boost::asio::awaitable<void> yield_once() {
  // Two statements: GCC 12 keeps the wrong temporary if one co_await is the argument of another.
  const boost::asio::any_io_executor executor = co_await boost::asio::this_coro::executor;
  co_await boost::asio::post(executor, boost::asio::use_awaitable);
}

}  // namespace portcullis::bff::testing
