#include "http/response.hpp"

#include "base/ascii.hpp"

namespace portcullis::bff {

std::string_view reason_phrase(unsigned status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 418:
      return "I'm a Teapot";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

void append_header(std::string& lines, std::string_view name, std::string_view value) {
  lines.append(name).append(": ");
  const std::size_t start = lines.size();
  lines.append(value);
  // There is rarely anything to replace.
  for (std::size_t i = until_control(value) == value.size() ? lines.size() : start;
       i < lines.size(); ++i) {
    const auto byte = static_cast<unsigned char>(lines[i]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) lines[i] = ' ';
  }
  lines.append("\r\n");
}

Response& Response::header(std::string_view name, std::string_view value) & {
  append_header(lines_, name, value);
  return *this;
}

Response& Response::body(std::string text, std::string_view content_type) & {
  append_header(lines_, "Content-Type", content_type);
  owned_ = std::move(text);
  shared_.reset();
  return *this;
}

Response& Response::body(std::shared_ptr<const std::string> bytes,
                         std::string_view content_type) & {
  append_header(lines_, "Content-Type", content_type);
  shared_ = std::move(bytes);
  return *this;
}

}  // namespace portcullis::bff
