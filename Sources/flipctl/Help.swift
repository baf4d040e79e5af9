// What --help says.
enum Help {
    static let all = """
        Usage: flipctl [--socket PATH | --root DIR] [--json] COMMAND

        Asks flipd, the archive's daemon, what is going on.

        Commands:
          status              how everything is, on one screen
          list                the newest files in the archive, one per line
          show ID             all that is known of one file, and its history
          find NAME           where a camera's file is
          watch               what happens, as it happens; ends with Ctrl-C
          retry ID…|--failed  try again what failed
          delete ID…          move published files to the trash
          restore ID…         bring them back from there
          verify [--all|ID…]  read files again: are they still what was published?
          heal ID             bring back what is damaged or missing of one file
          usage               what takes how much room, and how long there will be some
          snapshot            copy the ledger into the library, now
          backup --init|--now  make the place of the second copy, or bring it up to date
          doctor              whether all is well with the machine too, and what to do

        Options:
          --socket PATH       where flipd listens (default: /run/flipd/status.sock)
          --root DIR          for a flipd that was started with --root DIR
          --json              flipd's own answer instead of words
          -h, --help          this text; after a command, more about it
          -V, --version       the version

        An id may be cut short, to no less than eight characters.
        Exit codes: 0 done, 1 it failed, 2 wrong usage, 3 flipd is not reachable.
        """
}

extension Command {
    var help: String {
        switch self {
        case .status:
            """
            Usage: flipctl status [--json]

            Says on one screen what is in the archive, how it is and what to do if not all is well, what needs you,
            what waits, and what is being worked on. Colours only go to a terminal, and not with NO_COLOR set.
            """
        case .list:
            """
            Usage: flipctl list [--state S] [--kind K] [--collection C] [--ref R] [--name N]
                                [--limit N] [--json]

            Lists files, newest first.
              --state S       pending, processing, ready, failed, duplicate, deleted or purged
              --kind K        video or photo
              --collection C  a collection and all below it, such as Loom/1905
              --ref R         the reference its folder gave
              --name N        part of the camera's name, in any case
              --limit N       how many (default: 50)
            With --json every page of flipd's answer, of at most 500 files, is one line.
            """
        case .show:
            """
            Usage: flipctl show ID [--json]

            Shows what is known of one file: where it came from, how it stands, what was made of it,
            and its history.
            """
        case .find:
            """
            Usage: flipctl find NAME [--json]

            Says where a camera's file is: published, already here, waiting and for how long, in the trash, or
            handed back and why. A part of the name is enough, in any case.
            Exits with 1 if nothing is known of a file of this name.
            """
        case .watch:
            """
            Usage: flipctl watch [--json]

            Shows what happens, as it happens. On a terminal each running job has one line that moves.
            Ends with Ctrl-C; exits with 3 when flipd goes away.
            With --json each event's data is one line.
            """
        case .retry:
            """
            Usage: flipctl retry ID…|--failed [--json]

            Tries again what failed: a file that was handed back moves from Problems/ to its folder,
            where it is taken anew; a file that waits for a repair of the machine is tried now.
              --failed        all that failed and still stand in Problems/
            """
        case .delete:
            """
            Usage: flipctl delete ID… [--json]

            Moves what is published to the archive's trash. Nothing is lost: “flipctl restore”, or dropping
            the same file again, brings it back.
            """
        case .restore:
            """
            Usage: flipctl restore ID… [--json]

            Brings deleted files back to where they were.
            """
        case .verify:
            """
            Usage: flipctl verify [--all|ID…] [--json]

            Reads files of the archive again and compares them with what was published; what is damaged or
            missing is named with its full id, and “flipctl heal” brings it back. Without anything it reads
            what is due, as flipd does by itself each day.
              --all           everything that is published or in the trash
            Exits with 1 if anything is damaged or missing.
            """
        case .heal:
            """
            Usage: flipctl heal ID [--json]

            Brings back what is damaged or missing of one file: from the backup copy, from what the ledger
            knows, or by making it anew from the kept original. Only what is as it was takes its place.
            Exits with 1 if that cannot be done, and says why.
            """
        case .usage:
            """
            Usage: flipctl usage [--all] [--json]

            Shows how much room there is and how long that will do; what is taken by what is published, by originals, by the
            trash and by snapshots; and the same by kind, collection and month of publication.
              --all           every collection and every month
            With --json also by sub-folder.
            """
        case .backup:
            """
            Usage: flipctl backup --init|--now [--json]

            Keeps a second copy of the archive at Destination= of [Backup] in flipd.conf: a folder of another
            disk, or HOST:FOLDER. To be run as flipd's user; flipd-backup.timer does so once a day.
              --init          makes an existing folder the place of this archive's copy, once
              --now           copies what is new there, by rsync, and reads some of it back
            Nothing but old snapshots of the ledger is ever removed there, and no published file or
            original is written a second time.
            """
        case .doctor:
            """
            Usage: flipctl doctor [--json]

            Looks at everything that flipd needs: the daemon, its configuration, codecs, sandbox, folders and their
            filesystems, room, clock, second copy, queue and page. One line says how each is, and what to do.
            It also works while flipd is down; then it says what it cannot know.
            Exits with 0 if all is well, 1 with a warning, 2 if something is critical, 3 if something is unknown.
            """
        case .snapshot:
            """
            Usage: flipctl snapshot [--json]

            Copies flipd's ledger into the folder ledger/ of the library, now. flipd does so by itself once a day.
            """
        }
    }
}
