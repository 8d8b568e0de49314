// Inside of ReadySocket: one wait, as Asio's reactor keeps it. Not for others.
//
// Asio's reactive_wait_op with one word changed: when the event is there, the operation is
// done_and_exhausted in place of done. The reactor then takes the socket for empty until the next
// event, and the next wait does not complete at once.
#pragma once

#include <boost/asio/detail/bind_handler.hpp>
#include <boost/asio/detail/fenced_block.hpp>
#include <boost/asio/detail/handler_alloc_helpers.hpp>
#include <boost/asio/detail/handler_work.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#include <memory>
#include <utility>

#include "base/asio.hpp"

namespace portcullis::bff {

template <typename Handler, typename IoExecutor>
class ReadyWaitOp final : public asio::detail::reactor_op {
  using operation = asio::detail::operation;

 public:
  BOOST_ASIO_DEFINE_HANDLER_PTR(ReadyWaitOp);

  ReadyWaitOp(Handler& handler, const IoExecutor& executor)
      : reactor_op(error_code(), &ReadyWaitOp::do_perform, &ReadyWaitOp::do_complete),
        handler_(std::move(handler)),
        work_(handler_, executor) {}

 private:
  static status do_perform(reactor_op*) { return done_and_exhausted; }

  static void do_complete(void* owner, operation* base, const error_code&, std::size_t) {
    auto* const op = static_cast<ReadyWaitOp*>(base);
    ptr p = {std::addressof(op->handler_), op, op};
    asio::detail::handler_work<Handler, IoExecutor> work(std::move(op->work_));
    // A copy, so that the operation's memory is free before the handler runs: it may start the next
    // wait in the same memory.
    asio::detail::binder1<Handler, error_code> bound(op->handler_, op->ec_);
    p.h = std::addressof(bound.handler_);
    p.reset();
    if (owner == nullptr) return;
    asio::detail::fenced_block fence(asio::detail::fenced_block::half);
    work.complete(bound, bound.handler_);
  }

  Handler handler_;
  asio::detail::handler_work<Handler, IoExecutor> work_;
};

}  // namespace portcullis::bff
