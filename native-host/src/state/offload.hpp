// Runs something that blocks (fsync, reading a bundle, a reload) on a worker thread and comes back
// to the coroutine's own io_context, so that one slow disk never holds up the connections of a
// core.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>
#include <utility>

namespace portcullis::bff {

/// `co_await offload(pool, [&] { return quarantine.set(entry); })`. What `work` refers to must live
/// until it has run, even when the awaiting coroutine is cancelled; exceptions come back.
template <typename Work>
boost::asio::awaitable<std::invoke_result_t<Work>> offload(boost::asio::thread_pool& pool,
                                                           Work work) {
  using Result = std::invoke_result_t<Work>;
  co_return co_await boost::asio::co_spawn(
      pool,
      [](Work inner) -> boost::asio::awaitable<Result> { co_return inner(); }(std::move(work)),
      boost::asio::use_awaitable);
}

}  // namespace portcullis::bff
