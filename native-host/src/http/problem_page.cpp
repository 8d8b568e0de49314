#include "http/problem_page.hpp"

namespace portcullis::bff {

namespace {

void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      case '\'':
        out.append("&#39;");
        break;
      default:
        out.push_back(c);
    }
  }
}

void append_paragraph(std::string& out, std::string_view text) {
  if (text.empty()) return;
  out.append("<p>");
  append_text(out, text);
  out.append("</p>\n");
}

/// What the person can do about it.
std::string_view advice(unsigned status) noexcept {
  switch (status) {
    case 400:
    case 414:
      return "This address cannot be read. Check it, or go back to the start page.";
    case 401:
      return "You are not signed in. Open the start page, sign in, and try again.";
    case 403:
      return "This address is not open to you.";
    case 404:
      return "There is nothing at this address.";
    case 421:
      return "No site is served under this name.";
    case 429:
      return "There were too many requests. Wait a moment, and try again.";
    case 431:
      return "The browser sent more than the server takes. Delete the cookies of this site, and "
             "load the page again.";
    default:
      return status >= 500 && status != 501 && status != 505
                 ? "The server could not answer. Try again in a moment."
                 : "This address cannot be opened in a browser.";
  }
}

}  // namespace

std::string problem_page(const Problem9457& problem, unsigned status) {
  const std::string_view title = reason_phrase(status);
  std::string out =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>";
  out.append(title).append("</title>\n</head>\n<body>\n<h1>").append(title).append("</h1>\n");
  append_paragraph(out, advice(status));
  append_paragraph(out, problem.detail);
  append_paragraph(out, problem.explain);
  out.append("<p><small>").append(std::to_string(status)).append(" ").append(name(problem.code));
  if (!problem.request_id.empty()) {
    out.append(", request ");
    append_text(out, problem.request_id);
  }
  out.append("</small></p>\n</body>\n</html>\n");
  return out;
}

}  // namespace portcullis::bff
