// offload() runs blocking work (fsync, reading a bundle, a reload) on a worker thread and resumes
// the coroutine on its own io_context, so that a slow disk does not block an I/O thread.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "domain/blocking_work.hpp"

namespace portcullis::bff {

/// `co_await offload(work, turn, [&] { return quarantine.set(entry); })`. Returns nothing if the
/// account has too many queued jobs: answer OVERLOADED. Objects that `job` refers to must live
/// until it has run, even if the awaiting coroutine is cancelled. Exceptions are rethrown to the
/// caller.
template <typename Job>
boost::asio::awaitable<std::optional<std::invoke_result_t<Job>>> offload(BlockingWork& work,
                                                                         BlockingWork::Turn turn,
                                                                         Job job) {
  using Result = std::optional<std::invoke_result_t<Job>>;
  auto start = [&work, turn = std::move(turn)](auto handler, Job inner) {
    using Handler = decltype(handler);
    const auto executor = boost::asio::get_associated_executor(handler);
    // The guard keeps the io_context running; the handler runs on the coroutine's executor.
    auto held = std::make_shared<Handler>(std::move(handler));
    auto guard = std::make_shared<decltype(boost::asio::make_work_guard(executor))>(executor);
    const auto finish = [executor, held, guard](std::exception_ptr error, Result result) {
      boost::asio::post(executor, [handler = std::move(*held), guard, error = std::move(error),
                                   result = std::move(result)]() mutable {
        std::move(handler)(std::move(error), std::move(result));
      });
    };
    const bool taken = work.post(turn, [finish, inner = std::move(inner)]() mutable {
      std::exception_ptr error;
      Result result;
      try {
        result.emplace(inner());
      } catch (...) {
        error = std::current_exception();
      }
      finish(std::move(error), std::move(result));
    });
    if (!taken) finish(nullptr, std::nullopt);
  };
  co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                 void(std::exception_ptr, Result)>(
      std::move(start), boost::asio::use_awaitable, std::move(job));
}

}  // namespace portcullis::bff
