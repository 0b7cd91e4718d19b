package org.clapperboard.app;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Files and folders that a command was given and cannot use: mistakes, and no bugs. */
final class Places {
  private Places() {}

  /** What is wrong with a file, if that is why something failed; else nothing. */
  static String refusal(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof FileSystemException wrong && wrong.getFile() != null) {
        return "Cannot use " + wrong.getFile() + ": " + why(wrong) + ".";
      }
      if (cause instanceof IOException && "No space left on device".equals(cause.getMessage())) {
        return "Cannot write: no space is left on the device.";
      }
    }
    return "";
  }

  private static String why(FileSystemException wrong) {
    if (wrong instanceof NoSuchFileException) {
      return "there is no such file or folder";
    }
    if (wrong instanceof FileAlreadyExistsException || wrong instanceof NotDirectoryException) {
      return "it is a file, and a folder is needed";
    }
    if (wrong instanceof AccessDeniedException) {
      return "it may not be read or written";
    }
    if (wrong instanceof DirectoryNotEmptyException) {
      return "it is a folder that is not empty";
    }
    return String.valueOf(wrong.getReason()).replaceFirst("\\.$", "");
  }
}
