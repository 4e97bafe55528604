# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_fluxctl_global_optspecs
    string join \n b/bootstrap-servers= X= P/profile= O/output= color= no-headers q/quiet y/yes confirm-profile= config= h/help V/version
end

function __fish_fluxctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_fluxctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_fluxctl_using_subcommand
    set -l cmd (__fish_fluxctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c fluxctl -n "__fish_fluxctl_needs_command" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_needs_command" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_needs_command" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_needs_command" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_needs_command" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_needs_command" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_needs_command" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -s V -l version -d 'Print version'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "produce" -d 'Write records to a topic'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "consume" -d 'Read records from topics and print them'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "topic" -d 'Create, list, describe and delete topics'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "group" -d 'Look after consumer groups: who reads what, how far behind, and from where on'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "g" -d 'Look after consumer groups: who reads what, how far behind, and from where on'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "offsets" -d 'Look at offsets: of logs, of groups, at a time'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "broker" -d 'Start, find and stop a broker on this machine'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "log" -d 'Look at the files of a data directory, without a broker'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "profile" -d 'Name clusters, and choose one'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "version" -d 'Print the version'
complete -c fluxctl -n "__fish_fluxctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s F -l file -d 'Read records from files instead of standard input; `-` is standard input' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l input -d 'What the input is: lines, or the JSON lines that `consume -O ndjson` writes' -r -f -a "lines\t''
ndjson\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s f -l format -d 'How a record stands in the input, such as \'%k %v\\n\'' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s D -l delimiter -d 'What ends a record in the input' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s k -l key -d 'Key of every record' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s K -l key-separator -d 'What stands between key and value in a line; several characters and \\xNN are possible' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s H -l header -d 'Header of every record; may be given more than once' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s p -l partition -d 'Partition of every record' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l partitioner -d 'How a partition is chosen: murmur2 (as Kafka\'s clients), crc32 (librdkafka), random, round-robin, siphash' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l timestamp -d 'Timestamp of every record: a time, or so long ago' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l null-marker -d 'The text that stands for a null key or value' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s z -l compression -d 'Codec of the batches: none, gzip, snappy, lz4, zstd [default: `compression.type`, else none]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l compression-level -d 'Level of the codec' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l acks -d 'Whose word a record needs: all in-sync replicas, the leader, or nobody\'s [default: `acks`, else all]' -r -f -a "all\t''
leader\t''
none\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l linger -d 'How long a batch waits for more records [default: `linger.ms`, else 5ms]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l batch-size -d 'How many bytes of a partition make a batch [default: `batch.size`, else 262144]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l max-request-size -d 'Largest record and largest request, in bytes [default: `max.request.size`, else 1048576]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l delivery-timeout -d 'How long a record may take, retries included [default: `delivery.timeout.ms`, else 120s]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s n -l num -d 'Stop after N records' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l rate -d 'Write at most N records a second' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l on-error -d 'What to do with a record that cannot be read or written' -r -f -a "stop\t'Stop at the first'
skip\t'Say so and go on; the command still fails at its end'"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l report-format -d 'Print each record when it is stored, such as \'%t[%p]@%o\\n\'' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l raw -d 'Make one record of the whole input, or of each file'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l trim-cr -d 'Drop a carriage return at the end of each line'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l repartition -d 'Choose partitions anew instead of keeping those that the input names'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l tombstone -d 'Write one record with a key and no value, which deletes the key in a compacted topic'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s Z -l empty-as-null -d 'Write null for an empty key or value'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l auto-create -d 'Let the cluster create the topic when it does not exist'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l dry-run -d 'Read the input and show what would be written, without writing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand produce" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s g -l group -d 'Read as a member of this group; what was printed is committed' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l group-protocol -d 'How the group agrees on who reads what' -r -f -a "classic\t'A member assigns the partitions; every broker knows it'
consumer\t'The coordinator assigns the partitions (KIP-848)'"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l assignor -d 'How the group\'s partitions are shared out; in order of preference [default: range]' -r -f -a "range\t'Neighbouring partitions to one member'
roundrobin\t'One by one'
sticky\t'Evenly, and as before where that can be'
cooperative-sticky\t'The same, without a pause for partitions that stay where they are'
uniform\t'Evenly, by the coordinator (only with the protocol `consumer`)'"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l group-instance-id -d 'Name of this member, under which it comes back after a restart without a rebalance' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s p -l partition -d 'Read only these partitions' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s o -l offset -d 'Where to start and stop: start, end, N, -N, +N, A:B, :end, @TIME, @T1:T2' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l tail -d 'Start with the last N records' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l head -d 'Show the first N records and stop' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l since -d 'Start at a time, or so long ago: 1h, 2024-02-14, 2024-02-14T10:30:00Z' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l until -d 'Stop at a time, or so long ago' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s n -l num -d 'Stop after N records' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l idle-timeout -d 'Stop when no record comes for so long' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s f -l format -d 'Print each record so: %t topic, %p partition, %o offset, %k key, %v value, %d time, %h{..} headers' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s Z -l null-text -d 'What -f and text output print for a null key or value' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l isolation -d 'Which records of transactions to show' -r -f -a "read_uncommitted\t'All records'
read_committed\t'Only those of finished transactions that were not aborted'"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l rack -d 'Where this consumer stands, to read from the nearest replica' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s r -l regex -d 'Take each TOPIC as a regular expression that must match the whole name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s B -l from-beginning -d 'Start at the first record'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s e -l exit -d 'Stop at the current end instead of waiting for more'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l json-values -d 'In JSON output, embed values that are JSON instead of quoting them'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l control-records -d 'Show transaction markers as well'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand consume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -f -a "create" -d 'Create topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -f -a "list" -d 'List topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -f -a "ls" -d 'List topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -f -a "describe" -d 'Show partitions, offsets and configurations of topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -f -a "delete" -d 'Delete topics with all their records'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -f -a "rm" -d 'Delete topics with all their records'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and not __fish_seen_subcommand_from create list ls describe delete rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s p -l partitions -d 'How many partitions [default: the broker\'s]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s r -l replication-factor -d 'How many replicas of each partition [default: the broker\'s]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s c -l topic-config -d 'Configuration by its Kafka name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -l if-not-exists -d 'A topic that exists already is no error'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -l dry-run -d 'Let the broker check, and create nothing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -l internal -d 'The cluster\'s own topics too'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -l internal -d 'The cluster\'s own topics too'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -l if-exists -d 'A topic that does not exist is no error'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -l dry-run -d 'Say what would be deleted'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -l if-exists -d 'A topic that does not exist is no error'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -l dry-run -d 'Say what would be deleted'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "create" -d 'Create topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "list" -d 'List topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show partitions, offsets and configurations of topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete topics with all their records'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand topic; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "list" -d 'List groups'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "ls" -d 'List groups'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "describe" -d 'Show groups: who reads what, and how far behind'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "seek" -d 'Set a group to other offsets'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "skip" -d 'Step past a record that a group cannot digest'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "peek" -d 'Show the records around what a group has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "watch" -d 'Watch how far behind groups are, and how fast they catch up'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "delete" -d 'Delete groups with all that they have committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "rm" -d 'Delete groups with all that they have committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "delete-offsets" -d 'Forget what a group has committed of topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "clone" -d 'Commit for a group what another has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -l state -d 'Only groups in this state: stable, empty, preparing-rebalance, ..; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -l type -d 'Only groups of this type: classic, consumer, share, streams; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -l state -d 'Only groups in this state: stable, empty, preparing-rebalance, ..; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -l type -d 'Only groups of this type: classic, consumer, share, streams; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -s r -l regex -d 'Take each GROUP as a regular expression that must match the whole name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -l members -d 'Show the members and what each reads'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -l offsets -d 'Show the partitions alone'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -l state -d 'Show the summary alone'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -l to -d 'Where to: start, end, N, +N, -N, @TIME, current' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -l to-group -d 'To where this group stands' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -l to-file -d 'To the offsets of a file, as `offsets list --group` writes it' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -s t -l topic -d 'Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -l allow-new-topics -d 'Topics of which the group has committed nothing, or a group that does not exist, are no mistake'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -l dry-run -d 'Show what would change, and commit nothing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from seek" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -s n -l count -d 'How many records' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -l dry-run -d 'Show what would be skipped, and commit nothing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from skip" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s t -l topic -d 'Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s B -l before -d 'How many records before the next one' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s A -l after -d 'How many records after the next one' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from peek" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s i -l interval -d 'How long to wait between two looks' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -l until -d 'Stop when all groups have come so far: lag=0, lag<=N, state=empty' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -l timeout -d 'Give up when `--until` has not come for so long, and end with 10' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s n -l num -d 'Stop after N looks' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s r -l regex -d 'Take each GROUP as a regular expression that must match the whole name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -s r -l regex -d 'Take each GROUP as a regular expression that must match the whole name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -l if-exists -d 'A group that does not exist is no error'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -l dry-run -d 'Show which would be deleted, and delete none'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -s r -l regex -d 'Take each GROUP as a regular expression that must match the whole name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -l if-exists -d 'A group that does not exist is no error'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show which would be deleted, and delete none'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -s t -l topic -d 'This topic, or these of its partitions: orders, orders:0,2-4; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -l dry-run -d 'Show what would go, and delete nothing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from delete-offsets" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -s t -l topic -d 'Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -l dry-run -d 'Show what would change, and commit nothing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from clone" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "list" -d 'List groups'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show groups: who reads what, and how far behind'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "seek" -d 'Set a group to other offsets'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "skip" -d 'Step past a record that a group cannot digest'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "peek" -d 'Show the records around what a group has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "watch" -d 'Watch how far behind groups are, and how fast they catch up'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete groups with all that they have committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "delete-offsets" -d 'Forget what a group has committed of topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "clone" -d 'Commit for a group what another has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand group; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "list" -d 'List groups'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "ls" -d 'List groups'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "describe" -d 'Show groups: who reads what, and how far behind'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "seek" -d 'Set a group to other offsets'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "skip" -d 'Step past a record that a group cannot digest'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "peek" -d 'Show the records around what a group has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "watch" -d 'Watch how far behind groups are, and how fast they catch up'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "delete" -d 'Delete groups with all that they have committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "rm" -d 'Delete groups with all that they have committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "delete-offsets" -d 'Forget what a group has committed of topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "clone" -d 'Commit for a group what another has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and not __fish_seen_subcommand_from list ls describe seek skip peek watch delete rm delete-offsets clone help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -l state -d 'Only groups in this state: stable, empty, preparing-rebalance, ..; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -l type -d 'Only groups of this type: classic, consumer, share, streams; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -l state -d 'Only groups in this state: stable, empty, preparing-rebalance, ..; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -l type -d 'Only groups of this type: classic, consumer, share, streams; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -s r -l regex -d 'Take each GROUP as a regular expression that must match the whole name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -l members -d 'Show the members and what each reads'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -l offsets -d 'Show the partitions alone'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -l state -d 'Show the summary alone'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from describe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -l to -d 'Where to: start, end, N, +N, -N, @TIME, current' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -l to-group -d 'To where this group stands' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -l to-file -d 'To the offsets of a file, as `offsets list --group` writes it' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -s t -l topic -d 'Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -l allow-new-topics -d 'Topics of which the group has committed nothing, or a group that does not exist, are no mistake'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -l dry-run -d 'Show what would change, and commit nothing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from seek" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -s n -l count -d 'How many records' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -l dry-run -d 'Show what would be skipped, and commit nothing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from skip" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s t -l topic -d 'Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s B -l before -d 'How many records before the next one' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s A -l after -d 'How many records after the next one' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from peek" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s i -l interval -d 'How long to wait between two looks' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -l until -d 'Stop when all groups have come so far: lag=0, lag<=N, state=empty' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -l timeout -d 'Give up when `--until` has not come for so long, and end with 10' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s n -l num -d 'Stop after N looks' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s r -l regex -d 'Take each GROUP as a regular expression that must match the whole name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from watch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -s r -l regex -d 'Take each GROUP as a regular expression that must match the whole name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -l if-exists -d 'A group that does not exist is no error'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -l dry-run -d 'Show which would be deleted, and delete none'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -s r -l regex -d 'Take each GROUP as a regular expression that must match the whole name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -l if-exists -d 'A group that does not exist is no error'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show which would be deleted, and delete none'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -s t -l topic -d 'This topic, or these of its partitions: orders, orders:0,2-4; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -l dry-run -d 'Show what would go, and delete nothing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from delete-offsets" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -s t -l topic -d 'Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -l dry-run -d 'Show what would change, and commit nothing'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from clone" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "list" -d 'List groups'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "describe" -d 'Show groups: who reads what, and how far behind'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "seek" -d 'Set a group to other offsets'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "skip" -d 'Step past a record that a group cannot digest'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "peek" -d 'Show the records around what a group has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "watch" -d 'Watch how far behind groups are, and how fast they catch up'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Delete groups with all that they have committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "delete-offsets" -d 'Forget what a group has committed of topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "clone" -d 'Commit for a group what another has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand g; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -f -a "list" -d 'Show where logs start and end, and what a group has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -f -a "ls" -d 'Show where logs start and end, and what a group has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -f -a "at" -d 'Show the offsets at a time, and the time that was really found'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -f -a "diff" -d 'Compare what two groups have committed, or a group with a file or with the log'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and not __fish_seen_subcommand_from list ls at diff help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -s g -l group -d 'Show what this group has committed too' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -s g -l group -d 'Show what this group has committed too' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from at" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -s t -l topic -d 'Only this topic, or these of its partitions: orders, orders:0,2-4; may be given again' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -s a -l all -d 'Show what is the same as well'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from help" -f -a "list" -d 'Show where logs start and end, and what a group has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from help" -f -a "at" -d 'Show the offsets at a time, and the time that was really found'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from help" -f -a "diff" -d 'Compare what two groups have committed, or a group with a file or with the log'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand offsets; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -f -a "start" -d 'Start a broker'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -f -a "stop" -d 'Stop a broker'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -f -a "status" -d 'Show the brokers that run'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and not __fish_seen_subcommand_from start stop status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l port -d 'Port to listen on; 0 takes any free one [default: 9092]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l host -d 'Name or address to listen on [default: 127.0.0.1]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l data-dir -d 'Where data is kept [default: ~/.local/share/fluxmq]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l config -d 'Broker configuration: server.properties, YAML or TOML' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -s c -d 'Any configuration by its Kafka name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l durability -d 'When a record counts as stored [default: strict]' -r -f -a "strict\t'When it is on the disk'
relaxed\t'When the operating system has it'"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l enable-consumer-groups -d 'Serve consumer groups [default: true]' -r -f -a "true\t''
false\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l log-level -d 'How much to log [default: info; or the filter in FLUXMQ_LOG or RUST_LOG]' -r -f -a "trace\t''
debug\t''
info\t''
warn\t''
error\t''
off\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l memory -d 'Keep everything in memory; nothing stays when the broker stops'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l detach -d 'Run in the background, and return when the broker is ready'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l no-profile -d 'Leave the profiles alone'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -l data-dir -d 'The broker with this data directory [default: that of ~/.local/share/fluxmq, and those in memory]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -l port -d 'The broker on this port' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -l timeout -d 'How long it may take' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -l dry-run -d 'Say which broker would be stopped'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -l data-dir -d 'The broker with this data directory [default: that of ~/.local/share/fluxmq, and those in memory]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -l port -d 'The broker on this port' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from help" -f -a "start" -d 'Start a broker'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from help" -f -a "stop" -d 'Stop a broker'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show the brokers that run'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand broker; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -f -a "verify" -d 'Look for damage in a data directory'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -f -a "dump" -d 'Show what is in the files of a data directory'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -f -a "repair" -d 'Mend a damaged data directory'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -f -a "import" -d 'Take over the topics of an Apache Kafka'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and not __fish_seen_subcommand_from verify dump repair import help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l from-offset -d 'Begin at this offset' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l until -d 'End before this offset' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s n -l num -d 'End after so many batches, records or entries' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s f -l format -d 'Print each record so, as in `fluxctl consume`: %o offset, %k key, %v value, ...' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s Z -l null-text -d 'What -f prints for a null key or value' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l records -d 'Show the records, in the forms of `fluxctl consume`'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l all-files -d 'Show indexes, snapshots, epochs and checkpoints too'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l json-values -d 'In JSON, embed values that are JSON instead of quoting them'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l undecoded -d 'Show the bytes of group records, not what they say'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l control-records -d 'Show transaction markers as well'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from dump" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -l truncate -d 'End a damaged log before its damage; intact records that follow are put aside'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -l skip-damage -d 'Take damaged bytes out of a log; their offsets are missing from then on'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -l dry-run -d 'Say what would be done'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from repair" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -l data-dir -d 'Data directory that takes them over [default: ~/.local/share/fluxmq]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -l topic -d 'Only this topic; may be given more than once' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -l move -d 'Move the files out of Kafka\'s directory, which keeps no copy'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -l allow-missing -d 'Take topics of which partitions are missing here; those begin empty'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -l dry-run -d 'Say what would be taken'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Look for damage in a data directory'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "dump" -d 'Show what is in the files of a data directory'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "repair" -d 'Mend a damaged data directory'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "import" -d 'Take over the topics of an Apache Kafka'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand log; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "add" -d 'Give a cluster a name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "switch" -d 'Use another profile from now on'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "use" -d 'Use another profile from now on'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "list" -d 'List all profiles'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "ls" -d 'List all profiles'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "current" -d 'Print the name of the profile in use'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "show" -d 'Show what counts with a profile'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "rename" -d 'Give a profile another name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "delete" -d 'Remove a profile'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "rm" -d 'Remove a profile'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and not __fish_seen_subcommand_from add switch use list ls current show rename delete rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l default-topic -d 'Topic of commands that name none' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l partitioner -d 'How keys choose partitions: murmur2, crc32, random, round-robin, siphash' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l description -d 'A note for people' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l protected -d 'Want more than a yes before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l read-only -d 'Refuse commands that change the cluster'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l switch -d 'Make it the current profile'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l dry-run -d 'Check, and say what would be done'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -l dry-run -d 'Check, and say what would be done'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from switch" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -l dry-run -d 'Check, and say what would be done'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from use" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from current" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l origin -d 'Say of each value where it comes from'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -l dry-run -d 'Check, and say what would be done'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -l dry-run -d 'Check, and say what would be done'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -l dry-run -d 'Check, and say what would be done'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "add" -d 'Give a cluster a name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "switch" -d 'Use another profile from now on'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "list" -d 'List all profiles'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "current" -d 'Print the name of the profile in use'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show what counts with a profile'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Give a profile another name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "delete" -d 'Remove a profile'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand profile; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -s b -l bootstrap-servers -d 'Brokers to start from, with commas between [env: FLUXCTL_BOOTSTRAP_SERVERS]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -s X -d 'Client property by its Kafka name, such as linger.ms=5; `-X list` shows them all' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -s P -l profile -d 'Profile to use [env: FLUXCTL_PROFILE]' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -s O -l output -d 'Form of the output' -r -f -a "table\t''
wide\t''
json\t''
ndjson\t''
yaml\t''
tsv\t''
csv\t''
name\t''
raw\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -l confirm-profile -d 'Confirm a change of a protected profile\'s cluster by the profile\'s name' -r
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -l config -d 'File of profiles [env: FLUXCTL_CONFIG]' -r -F
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -l no-headers -d 'Leave out the heading of tables'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -s q -l quiet -d 'Say nothing beside data, warnings and errors'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -s y -l yes -d 'Do not ask before something is destroyed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "produce" -d 'Write records to a topic'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "consume" -d 'Read records from topics and print them'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "topic" -d 'Create, list, describe and delete topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "group" -d 'Look after consumer groups: who reads what, how far behind, and from where on'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "offsets" -d 'Look at offsets: of logs, of groups, at a time'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "broker" -d 'Start, find and stop a broker on this machine'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "log" -d 'Look at the files of a data directory, without a broker'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "profile" -d 'Name clusters, and choose one'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "version" -d 'Print the version'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and not __fish_seen_subcommand_from produce consume topic group offsets broker log profile completions version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from topic" -f -a "create" -d 'Create topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from topic" -f -a "list" -d 'List topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from topic" -f -a "describe" -d 'Show partitions, offsets and configurations of topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from topic" -f -a "delete" -d 'Delete topics with all their records'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "list" -d 'List groups'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "describe" -d 'Show groups: who reads what, and how far behind'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "seek" -d 'Set a group to other offsets'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "skip" -d 'Step past a record that a group cannot digest'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "peek" -d 'Show the records around what a group has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "watch" -d 'Watch how far behind groups are, and how fast they catch up'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "delete" -d 'Delete groups with all that they have committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "delete-offsets" -d 'Forget what a group has committed of topics'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from group" -f -a "clone" -d 'Commit for a group what another has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from offsets" -f -a "list" -d 'Show where logs start and end, and what a group has committed'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from offsets" -f -a "at" -d 'Show the offsets at a time, and the time that was really found'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from offsets" -f -a "diff" -d 'Compare what two groups have committed, or a group with a file or with the log'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from broker" -f -a "start" -d 'Start a broker'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from broker" -f -a "stop" -d 'Stop a broker'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from broker" -f -a "status" -d 'Show the brokers that run'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from log" -f -a "verify" -d 'Look for damage in a data directory'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from log" -f -a "dump" -d 'Show what is in the files of a data directory'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from log" -f -a "repair" -d 'Mend a damaged data directory'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from log" -f -a "import" -d 'Take over the topics of an Apache Kafka'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "add" -d 'Give a cluster a name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "switch" -d 'Use another profile from now on'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "list" -d 'List all profiles'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "current" -d 'Print the name of the profile in use'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "show" -d 'Show what counts with a profile'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "rename" -d 'Give a profile another name'
complete -c fluxctl -n "__fish_fluxctl_using_subcommand help; and __fish_seen_subcommand_from profile" -f -a "delete" -d 'Remove a profile'
