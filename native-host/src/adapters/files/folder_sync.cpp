#include "adapters/files/folder_sync.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace portcullis::bff {

std::string sync_folder(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const auto failed = [&](const char* what, int error) {
    return std::string(what) + " " + folder.string() + ": " + std::strerror(error);
  };
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return failed("cannot open", errno);
  const int synced = ::fsync(fd);
  const int error = errno;
  ::close(fd);
  return synced == 0 ? std::string() : failed("cannot sync", error);
}

}  // namespace portcullis::bff
