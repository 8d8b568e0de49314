// The cost of a connection in a minimal Beast server: one coroutine each, which reads a request,
// sends the head of an event stream, and waits for the client to disconnect. It checks nothing and
// sends no events.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "loopback.hpp"

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;

asio::awaitable<void> serve(Tcp::socket socket) {
  {
    boost::beast::flat_buffer buffer;
    http::request<http::empty_body> request;
    co_await http::async_read(socket, buffer, request, asio::use_awaitable);
  }
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: hello\n\n";
  co_await asio::async_write(socket, asio::buffer(head), asio::use_awaitable);
  co_await socket.async_wait(Tcp::socket::wait_read, asio::use_awaitable);
}

asio::awaitable<void> accept(Tcp::acceptor acceptor) {
  for (;;) {
    Tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
  }
}

}  // namespace

int main() {
  bench::raise_descriptor_limit();
  asio::io_context context(1);
  Tcp::acceptor acceptor(context, Tcp::v4(), bench::listen_and_tell(0));
  asio::co_spawn(context, accept(std::move(acceptor)), asio::detached);
  context.run();
  return 0;
}
