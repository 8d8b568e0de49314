// Short names for Asio and Beast types.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/system/error_code.hpp>

namespace portcullis::bff {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Tcp = boost::asio::ip::tcp;
using HttpFields = boost::beast::http::fields;
using HttpVerb = boost::beast::http::verb;

}  // namespace portcullis::bff
