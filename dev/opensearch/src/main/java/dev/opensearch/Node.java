package dev.opensearch;

import java.util.concurrent.CountDownLatch;
import org.codelibs.opensearch.runner.OpenSearchRunner;

/**
 * One OpenSearch node with k-NN on 127.0.0.1. Arguments: directory, HTTP port, transport port. SIGTERM ends it; with a fourth
 * argument it ends as soon as it is ready.
 */
public final class Node {
    private Node() {}

    public static void main(String[] arguments) throws Exception {
        String directory = arguments[0];
        String http = arguments[1];
        String transport = arguments[2];
        OpenSearchRunner runner = new OpenSearchRunner();
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                runner.close();
            } catch (Exception problem) {
                problem.printStackTrace();
            }
            ended.countDown();
        }));
        runner.onBuild((number, settings) -> {
            settings.put("http.port", http);
            settings.put("transport.port", transport);
            settings.put("network.host", "127.0.0.1");
            settings.put("discovery.type", "single-node");
            // Development machines have full disks; the flood-stage block is a test's to set.
            settings.put("cluster.routing.allocation.disk.threshold_enabled", false);
        }).build(OpenSearchRunner.newConfigs()
            .basePath(directory)
            .numOfNode(1)
            .pluginTypes("org.opensearch.knn.plugin.KNNPlugin"));
        runner.ensureYellow();
        System.out.println("ready on 127.0.0.1:" + http);
        if (arguments.length > 3) {
            System.exit(0);
        }
        ended.await();
    }
}
